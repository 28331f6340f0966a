using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Saves a tokenizer and loads it again.</summary>
public delegate Tokenizer SaveAndLoad(Tokenizer tokenizer);

/// <summary>Encodes a text.</summary>
public delegate IReadOnlyList<int> EncodeText(string text);

/// <summary>Trains by one rule, by another, and by the first again, on one file and with one folder of counts.</summary>
public delegate IReadOnlyList<Tokenizer> TrainTwice(string text, SplitRule first, SplitRule second);

/// <summary>The split rule of a tokenizer is the one it was trained with, in its file and in its encoder too.</summary>
public static class SplitRuleUseSpec
{
    private const int Merges = 30;

    private const string Text =
        "TBMM'nin 2024'te eFatura'dan çıkardığı, TÜRKİYE'de 12345 Ankara'da! (A.Ş.)\n\n  KDV'si 2024'te Ankara'dan";

    // "abc" is a token, but in "abc" the earlier merge of "ab" prevents it.
    private static readonly (int Left, int Right)[] UnreachableMerges =
        [(Byte('a'), Byte('b')), (Byte('b'), Byte('c')), (Byte('a'), 273)];

    /// <summary>TOK-41.</summary>
    public static readonly Requirement<SplitRule, SaveAndLoad> Tok41_FileKeepsTheRule = new()
    {
        Id = "TOK-41",
        Statement = "tokenizer.json states the split rule, and the loaded tokenizer encodes by it.",
        Source = "Common bug: a rule that is known in training only",
        CanonicalCases = SplitRule.All,
        Subject = (_, _) => tokenizer =>
        {
            var folder = Directory.CreateTempSubdirectory("turkishllm-spec-").FullName;
            try
            {
                tokenizer.Save(folder);
                return Tokenizer.Load(folder);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        },
        Holds = (load, rule, _) =>
        {
            var trained = BytePairTrainer.Train([Text, TurkishSamples.Page], VocabularyLayout.FirstMerge + Merges, split: rule);
            var loaded = load(trained);
            return Verdict.All(
                Verdict.Equal(rule.Name, loaded.Split.Name, "split rule"),
                Verdict.Equal(trained.Hash, loaded.Hash, "hash"),
                Verdict.SameElements(
                    [.. new BytePairEncoderOracle(trained.Merges, rule).Encode(Text)], loaded.EncodeToIds(Text), "id"));
        },
        Impostors = new()
        {
            ["loads the next rule"] = (rule, _) => tokenizer => tokenizer.WithSplit(SplitRuleSpec.GetRuleAfter(rule, 1)),
            ["loads the rule before it"] = (rule, _) => tokenizer =>
                tokenizer.WithSplit(SplitRuleSpec.GetRuleAfter(rule, SplitRule.All.Count - 1)),
            ["loads the rule without the merges"] = (rule, _) => _ => new(rule, []),
        },
    };

    /// <summary>TOK-42.</summary>
    public static readonly Requirement<SplitRule, EncodeText> Tok42_WholeTokens = new()
    {
        Id = "TOK-42",
        Statement = "A pre-token that is a token becomes it without merging by the rules that llama.cpp treats so, and by no "
            + "other.",
        Source = "llama.cpp, src/llama-vocab.cpp, ignore_merges; huggingface/tokenizers, models/bpe",
        CanonicalCases = SplitRule.All,
        Subject = (rule, _) => new Tokenizer(rule, UnreachableMerges).EncodeToIds,
        Holds = (encode, rule, _) => Verdict.All(
            from text in (string[])["abc", "abc abcabc bc", "xabc abc"]
            select Verdict.SameElements(
                [.. new BytePairEncoderOracle(UnreachableMerges, rule).Encode(text)], encode(text), "id")),
        Impostors = new()
        {
            ["does as rules of the other kind do"] = (rule, _) =>
                new Tokenizer(rule.IgnoresMerges ? SplitRule.Qwen2 : SplitRule.LlamaBpe, UnreachableMerges).EncodeToIds,
            ["takes the longest token from the left"] = (rule, _) => text =>
                [.. BytePairSplitOracle.Split(text, rule).SelectMany(piece =>
                    IncorrectEncoders.LongestMatch(piece, new Tokenizer(rule, UnreachableMerges)))],
        },
    };

    /// <summary>TOK-43.</summary>
    public static readonly Requirement<RulePair, TrainTwice> Tok43_CountsAreOfOneRule = new()
    {
        Id = "TOK-43",
        Statement = "Training counts the pre-tokens of its own split rule: counts that another rule left in the folder are not "
            + "used.",
        Source = "Common bug: the key of a cache lacks an input",
        CanonicalCases = [.. SplitRule.All.Select(rule => new RulePair(rule, SplitRuleSpec.GetRuleAfter(rule, 1)))],
        Subject = (_, _) => TrainInOneFolder,
        Holds = (train, c, _) =>
        {
            var trained = train(Text, c.First, c.Second);
            return Verdict.All(
                from pair in trained.Zip((SplitRule[])[c.First, c.Second, c.First])
                select Verdict.All(
                    Verdict.Equal(pair.Second.Name, pair.First.Split.Name, "split rule"),
                    Verdict.SameElements(Learn(pair.Second), pair.First.Merges, "merge")));
        },
        Impostors = new()
        {
            ["uses the counts of the rule before"] = (_, _) => (_, first, second) =>
                [new(first, Learn(first)), new(second, Learn(first)), new(first, Learn(first))],
            ["uses the latest counts"] = (_, _) => (_, first, second) =>
                [new(first, Learn(first)), new(second, Learn(second)), new(first, Learn(second))],
            ["forgets the rule after training"] = (_, _) => (_, first, second) =>
                [new(second, Learn(first)), new(first, Learn(second)), new(second, Learn(first))],
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Tok41_FileKeepsTheRule, Tok42_WholeTokens, Tok43_CountsAreOfOneRule];

    private static int Byte(char c) => VocabularyLayout.FirstByte + c;

    private static List<(int Left, int Right)> Learn(SplitRule rule) => BytePairOracle.Train(
        BytePairSplitOracle.Split(Text, rule)
            .GroupBy(piece => piece)
            .ToDictionary(group => group.Key, group => group.LongCount()),
        Merges);

    private static List<Tokenizer> TrainInOneFolder(string text, SplitRule first, SplitRule second)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-spec-").FullName;
        try
        {
            var path = Path.Combine(folder, "text.txt");
            File.WriteAllText(path, text);
            var counts = Path.Combine(folder, "counts");
            return
            [
                .. from rule in (SplitRule[])[first, second, first]
                   select BytePairTrainer.Train(
                       [new TrainingSource(path, () => [text])],
                       new BytePairOptions(VocabularyLayout.FirstMerge + Learn(rule).Count, counts) { Split = rule }).Tokenizer,
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>Two split rules for one text.</summary>
/// <param name="First">The rule that counts first, and again at the end.</param>
/// <param name="Second">The rule that counts between.</param>
public sealed record RulePair(SplitRule First, SplitRule Second);
