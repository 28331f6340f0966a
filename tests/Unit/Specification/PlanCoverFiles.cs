using System.Globalization;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>Tokenizers and files of the plans of <see cref="PlanCover"/>.</summary>
internal static class PlanCoverFiles
{
    private static readonly Lazy<(DataPlan Data, int Size)> Small = new(() => Prepare("small", 28));

    /// <summary>The data of the reference plan, or that of a tokenizer with 300 tokens.</summary>
    public static (DataPlan Data, int Size) Vocabulary(int level) =>
        level == 0 ? (ReferenceRun.Plan.Data, ReferenceRun.Plan.Model.VocabSize) : Small.Value;

    /// <summary>Conversations: some, hardly any, rows that are too long, or two sources with extreme weights.</summary>
    public static SftPlan Conversations(string objective, string folder)
    {
        var rows = Enumerable.Range(0, 14).Select(Invariant).Select(i => Row($"Soru {i}: bakır nerede?", $"D{i} deposunda."));
        var more = Enumerable.Range(0, 4).Select(Invariant).Select(i => Row($"Başka soru {i}: kim onaylar?", "Müdür."));
        var filler = string.Concat(Enumerable.Repeat("uzun bir soru ", 30));
        SftSource Source(string name, IEnumerable<string> lines, double weight = 1)
        {
            var file = Path.Combine(folder, $"{name}.jsonl");
            File.WriteAllLines(file, lines);
            return new(name, file, weight);
        }
        return objective switch
        {
            "sft long" => new([Source("main", Enumerable.Range(0, 6).Select(i => Row(Invariant(i) + filler, "Tamam.")))])
            {
                ExcessLength = ExcessLengthStrategy.Truncate, ValidationShare = 0,
            },
            "sft tiny" => new([Source("main", [Row("A", "B")])]) { ValidationShare = 0, Packing = false },
            "sft mixture" => WithCurriculum(folder, new([Source("main", rows, 0.05), Source("more", more, 40)])
            {
                TextShare = 0.9, ValidationShare = 0.02, Supervise = Supervision.Last,
            }),
            "sft warm" => new([Source("main", rows, 0.08)])
            {
                Packing = false, ValidationShare = 0.99, Supervise = Supervision.Completion,
            },
            _ => new([Source("main", rows)]) { System = "Kısa yanıt ver." },
        };
    }

    private static SftPlan WithCurriculum(string folder, SftPlan plan)
    {
        var scores = Path.Combine(folder, "losses.jsonl");
        File.WriteAllLines(scores, plan.Sources.SelectMany(source => ConversationReader.Read(source.Path))
            .Select((row, i) => new RowScore(RowScore.GetKey(row), row.Location, i * 7 % 11, 1).ToJson()));
        return plan with
        {
            Curriculum = new(scores) { Order = CurriculumOrder.EasyFirst, SkipEasiest = 0.05, SkipHardest = 0.3, Bands = 3 },
        };
    }

    /// <summary>Pairs: some, or fewer than a step reads.</summary>
    public static PreferencePlan Pairs(string objective, string folder)
    {
        var file = Path.Combine(folder, "pairs.jsonl");
        File.WriteAllLines(file, Enumerable.Range(0, objective == "orpo" ? 2 : 12).Select(Invariant).Select(i =>
            $$"""{"prompt":"Soru {{i}}: kaç?","chosen":"{{i}}","rejected":"Bilmem ki {{i}}."}"""));
        return objective switch
        {
            "orpo" => new([file], new OrpoPlan(20)) { ValidationShare = 0 },
            "dpo" => new([file], new DpoPlan(1000, 0.49)) { ValidationShare = 0.3 },
            "kto" => new([file], new KtoPlan(1000, 1e-3, 50)) { ValidationShare = 0.3 },
            "lora kto" => new([file], new KtoPlan(1e-4)) { ValidationShare = 0 },
            "reward" => new([file], new RewardPlan(0.5)) { ValidationShare = 0.3 },
            _ => new([file], new DpoPlan(1e-4)) { ValidationShare = 0 },
        };
    }

    private static string Row(string question, string answer) =>
        $$"""{"messages":[{"role":"user","content":"{{question}}"},{"role":"assistant","content":"{{answer}}"}]}""";

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static (DataPlan Data, int Size) Prepare(string name, int merges)
    {
        var folder = Path.Combine(ReferenceRun.Scratch, name);
        var data = new DataPlan(Path.Combine(folder, "tokenizer"), Path.Combine(folder, "shards"));
        var tokenizer = new Tokenizer([.. Tokenizer.Load(ReferenceRun.Plan.Data.Tokenizer).Merges.Take(merges)]);
        tokenizer.Save(data.Tokenizer);
        var text = Path.Combine(ReferenceRun.Fixtures, "text");
        CorpusPreparation.Prepare(tokenizer, new CorpusOptions(text, data.Shards, validationShare: 0.05));
        return (data, tokenizer.VocabularySize);
    }
}
