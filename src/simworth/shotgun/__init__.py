"""Many pretrained models, tried on a target: which source is worth transferring from?

Yamada et al. (2019), ACS Cent. Sci. 5, 1717, doi 10.1021/acscentsci.9b00804.
"""
