"""The page's own texts in both languages: headings, explanations, labels of fields. Templates say ``text.key``."""

from __future__ import annotations

from collections.abc import Mapping

from simworth.report.language import Both

TEXTS: Mapping[str, Both] = {
    # The frame of the page.
    "worth": Both("what the simulations are worth", "シミュレーションの価値"),
    "skip": Both("Skip to the answer", "回答へ移動"),
    "on_this_page": Both("On this page", "このページの内容"),
    "comparison": Both("Comparison", "比較"),
    "overview": Both("Overview", "概要"),
    "plan": Both("Plan", "計画"),
    "evidence": Both("Evidence", "根拠"),
    "data": Both("Data", "データ"),
    "how_to_read": Both("How to read this", "読み方"),
    "method": Both("Method", "方法"),
    "cite": Both("Cite", "引用"),
    "all_numbers": Both("All numbers", "すべての数値"),
    "language": Both("Language", "言語"),
    "made_by": Both(
        "Made by simworth from the files of one run. This page needs no network and sends nothing.",
        "simworthが一つの実行結果から作成しました。このページはネットワークを必要とせず、何も送信しません。",
    ),
    "made_by_runs": Both(
        "Made by simworth from the files of {} runs. This page needs no network and sends nothing.",
        "simworthが{}個の実行結果から作成しました。このページはネットワークを必要とせず、何も送信しません。",
    ),
    "stop": Both(".", "。"),
    # Several targets, several runs.
    "what_worth": Both("What are these simulations worth?", "これらのシミュレーションはどれほど役立つか"),
    "best_source": Both("Best source: {}.", "最良のソース：{}。"),
    "runs": Both("{} runs", "{}個の実行結果"),
    "which_database": Both("Which of these databases is worth most?", "最も役立つデータベースはどれか"),
    "not_comparable": Both(
        "These runs were tested on different experiments, so their errors cannot be set against each other. Each is "
        "told by itself.",
        "これらの実行結果は異なる実験データでテストされているため、誤差を互いに比較できません。それぞれ個別に示します。",
    ),
    "failed_trials": Both("Failed trials", "失敗した試行"),
    "none_failed": Both(
        "None: every trial of the run finished and is counted.",
        "なし：すべての試行が完了し、集計に含まれています。",
    ),
    # One target.
    "error": Both("error", "誤差"),
    "what_to_do": Both("What to do", "次に取るべき行動"),
    "every_verdict": Both("The verdict on every curve", "各曲線の判定"),
    "which_source": Both("Which source is worth most?", "最も役立つソースはどれか"),
    "members": Both("What the blend is made of", "ブレンドの構成"),
    "members_lead": Both(
        "Several ways to learn are tried in every trial, and each predicts training experiments that it had not seen. "
        "By these errors they are weighed; the test experiments have no part in it.",
        "どの試行でも複数の学習方法を試し、それぞれが学習に用いていない学習用の実験データを予測します。重みはその誤差で決まり、"
        "テスト用の実験データは用いません。",
    ),
    "other_curves": Both("The other curves", "その他の曲線"),
    "does_law_foretell": Both("Does the law foretell?", "スケーリング則で予測できるか"),
    "foretold": Both(
        "A law that fits shows little; one that foretold sizes it had not seen shows something.",
        "当てはまりが良いだけでは証拠になりません。未知のサイズを予測できて初めて証拠になります。",
    ),
    "not_tested": Both("Not tested", "未検証"),
    "needs_five": Both(
        "A backtest needs at least five sizes n; treat forecasts with care.",
        "バックテストには五つ以上のサイズnが必要です。外挿予測は慎重に扱ってください。",
    ),
    "grids": Both("Errors over simulations and experiments", "シミュレーション数・実験数と誤差"),
    "darker": Both(
        "The darker, the smaller the error; the shading is common to all tables of this target.",
        "色が濃いほど誤差が小さいことを示します。濃淡はこのターゲットのすべての表で共通です。",
    ),
    "parity": Both("Predictions against experiments", "予測と実験の比較"),
    "no_parity": Both(
        "Not shown: the run kept no measured values of this target, or no trial finished.",
        "表示できません。このターゲットの実測値が保存されていないか、完了した試行がありません。",
    ),
    "data_heading": Both("The data: agreement, coverage, leakage", "データ：一致度、被覆範囲、リーケージ"),
    "no_quality": Both("Not told: the run did not compare its tables.", "情報なし：この実行では表を比較していません。"),
    "agreement": Both("The simulations against experiment", "シミュレーションと実験の比較"),
    "agreement_caption": Both(
        "Materials whose value is known in both tables. On the line they would agree; what they differ by on average "
        "is the bias, which transfer learns to undo.",
        "両方の表に値がある材料です。直線上では両者が一致します。平均的なずれはバイアスであり、転移学習はこれを補正する"
        "ように学習します。",
    ),
    # The planner.
    "change_numbers": Both(
        "Change a number, and the answers below are worked out again, here in the page, from the {} stored draws of "
        "the law. Costs may be in any currency, also in hours.",
        "数値を変更すると、保存された{}個の事後標本を用いて、下の回答がこのページ内で再計算されます。費用の単位は、"
        "通貨でも時間でもかまいません。",
    ),
    "source_and_experiments": Both("Source and experiments", "ソースと実験数"),
    "target_error": Both("Target error", "目標誤差"),
    "factor": Both("Database grown by this factor", "データベースの拡張倍率"),
    "worthwhile": Both("Least cut by doubling that is worth it", "倍増に見合う最小の誤差減少率"),
    "cost_simulation": Both("Cost of a simulation", "シミュレーション一件の費用"),
    "cost_experiment": Both("Cost of an experiment", "実験一件の費用"),
    "budget": Both("Budget", "予算"),
    "value": Both("Value of an error lower by one unit", "誤差が一単位下がることの価値"),
    "not_planned": Both(
        "Drawn on this page but not to be chosen here, since the page would become too large: {}. plan.json has the "
        "run’s own answers about them.",
        "ページが大きくなりすぎるため、次の曲線は図示のみで、ここでは選べません：{}。これらへの回答はplan.jsonにあります。",
    ),
    "reset": Both("Back to the run’s own settings", "実行時の設定に戻す"),
    "plane": Both("Simulations and experiments that give the same error", "同じ誤差になるシミュレーション数と実験数"),
    "plane_caption": Both(
        "Lines of equal expected error. Dashed: what the budget can buy; on it the best split. Bold, with its "
        "interval: the target error.",
        "誤差の期待値の等高線です。破線は予算で購入できる組み合わせで、その上に最適な配分を示します。太線とその区間は"
        "目標誤差を表します。",
    ),
    "split": Both("How to split the budget", "予算の配分"),
    "split_caption": Both(
        "Expected error against the share that goes to experiments; the shaded shares are as good within 1 %.",
        "実験に充てる割合に対する誤差の期待値です。網掛けの範囲では、最適値との差が1 %以内です。",
    ),
    # How to read the page.
    "reading": Both("How to read this page", "このページの読み方"),
    "read_transfer": Both("Transfer", "転移学習"),
    "read_transfer_text": Both(
        "Models learn from n computed materials, are then adapted to m measured ones, and predict measured materials "
        "that they have never seen. Direct learning is the same without the simulations. The gain is against direct "
        "learning; where it was done in several ways, against the best of them.",
        "モデルはn件の計算材料で学習し、m件の実測材料に適応させた後、未知の実測材料を予測します。直接学習はシミュレーションを"
        "用いない同じ学習です。改善は直接学習との比較で、直接学習が複数ある場合は最良のものと比較します。",
    ),
    "read_error": Both("Error", "誤差"),
    "read_error_text": Both(
        "{} on held-out experiments, in the unit of the measured property. Every trial is one training and one test "
        "at one n and m; all trials of a replicate hold out the same experiments, so that differences are not due to "
        "the choice. Where a replicate is fine-tuned several times at one n and m, on other experiments each, its "
        "error is their mean.",
        "ホールドアウトした実験データに対する{}で、実測物性の単位で表します。一つの試行は、あるnとmでの一回の学習とテストです。"
        "同じ反復の試行はすべて同じ実験データをホールドアウトするため、差は選び方によるものではありません。同じnとmで、異なる実験"
        "データを用いて複数回ファインチューニングした場合、反復の誤差はその平均です。",
    ),
    "read_curves": Both("Two curves", "二つの曲線"),
    "read_curves_text": Both(
        "The database alone is the error of the models of the source, through the best line to the experiments: its "
        "law tells what the simulations know. The error one gets blends this with the experiments. While the "
        "database alone is above direct learning, the simulations add little and the error stays near that ceiling; "
        "where the two meet, and beyond, the simulations lead. It can lie below both where they know different "
        "things.",
        "データベース単独とは、ソースのモデルの予測を実験データへの最良の直線に通したときの誤差で、その則はシミュレーションが何を"
        "知っているかを示します。実際に得られる誤差は、これを実験データと組み合わせたものです。データベース単独の誤差が直接学習より"
        "大きいうちは、シミュレーションの寄与は小さく、誤差は直接学習の上限付近にとどまります。両者が交わる点から先は、"
        "シミュレーションが主となります。両者の情報が異なる場合は、どちらよりも小さくなることがあります。",
    ),
    "read_law": Both("Law", "スケーリング則"),
    "read_law_text": Both(
        "The error falls as D n^-α + C. A larger α, the decay rate, means that what simulations can remove falls "
        "faster; C, the transfer gap, is what no number of them removes.",
        "誤差はD n^-α + Cに従って減少します。減衰率αが大きいほど、シミュレーションで減らせる誤差は速く減少します。"
        "転移ギャップCは、シミュレーションをいくら増やしても残る誤差です。",
    ),
    "read_intervals": Both("Intervals", "区間"),
    "read_intervals_text": Both(
        "They hold with probability {}. The band of the law grows where it is drawn ahead of the data: a forecast at "
        "ten times the database is a statement about the form of the law, too. Plan in rounds, and fit again after "
        "each.",
        "区間は{}の確率で成り立ちます。スケーリング則の帯は、データを超えて外挿するほど広がります。データベースを十倍にした"
        "ときの予測は、則の関数形にも依存します。段階的に計画し、そのつど当てはめ直してください。",
    ),
    "read_control": Both("Control", "陰性対照"),
    "read_control_text": Both(
        "Labels of the source are shuffled among its materials. What then still beats direct learning does "
        "not come from what the simulations say.",
        "ソースのラベルを材料間でシャッフルします。それでも直接学習を上回る分は、シミュレーションの内容による"
        "ものではありません。",
    ),
    "read_verdicts": Both("Verdicts", "判定"),
    "read_verdicts_text": Both(
        "“Scaling law”: the error falls with n with a probability of at least 90 %. “Levelled off”: doubling would "
        "change it by less than 1 %. “No transfer detectable” and “Transfer harms” compare with direct "
        "learning. “No clear trend” and “Too few sizes” are answers as well: more trials are needed.",
        "「スケーリング則」は、誤差が90 %以上の確率でnとともに減少することを示します。「頭打ち」は、倍増しても変化が"
        "1 %未満であることを示します。「転移効果なし」と「転移が逆効果」は、直接学習との比較です。"
        "「傾向不明」と「サイズ数不足」も一つの答えであり、試行の追加が必要です。",
    ),
    # The model that the run keeps.
    "model": Both("Model", "モデル"),
    "the_model": Both("The model", "モデル"),
    "model_lead": Both(
        "The run keeps the networks behind its best result at the largest sizes. They predict materials that nobody "
        "has measured:",
        "最大サイズで最も良い結果を出したネットワークを、この実行は保存しています。未測定の材料を予測できます：",
    ),
    "model_run": Both(
        "RUN is the folder of this run; one column of the file holds the materials.",
        "RUNはこの実行のフォルダです。ファイルの一列に材料を記載します。",
    ),
    # Method, references, numbers.
    "how_computed": Both("How it was computed", "計算方法"),
    "digests": Both("Digests", "ダイジェスト"),
    "references": Both("References", "参考文献"),
    "cite_these": Both(
        "Cite these, and the data. Entries of tables are made from what the tables say of themselves; check them.",
        "これらの文献とデータを引用してください。表の項目は表自身の記載から作成しているため、内容を確認してください。",
    ),
    "copy_button": Both("Copy", "コピー"),
}
"""Key -> text. Those with a ``{}`` are completed by the template with `Both.format`."""
