using System.Text;
using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Data;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Validation;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Metrics of held-out text.</summary>
/// <param name="Loss">Nats per token.</param>
/// <param name="BitsPerByte">Bits per byte of text.</param>
public readonly record struct ValidationValues(double Loss, double BitsPerByte);

/// <summary>Measures a model on the first windows of a shard.</summary>
public delegate ValidationValues MeasureValidation(
    LanguageModel model, TokenShard shard, Tokenizer tokenizer, int length, int windows);

/// <summary>Text for the evaluation of a small model.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Merges">Tokens of more than one byte.</param>
/// <param name="Length">Tokens of a window; the last window has fewer.</param>
/// <param name="Windows">Windows to measure; null for all.</param>
/// <param name="Texts">The documents.</param>
public sealed record ValidationTextCase(string Name, int Merges, int Length, int? Windows, params IReadOnlyList<string> Texts)
{
    private readonly Lazy<Tokenizer> _tokenizer = new(() => new Tokenizer(BytePairOracle.Train(
        Texts
            .SelectMany(BytePairSplitOracle.Split)
            .GroupBy(piece => piece)
            .ToDictionary(group => group.Key, group => group.LongCount()),
        Merges)));

    internal Tokenizer Tokenizer => _tokenizer.Value;

    internal ModelCase Model =>
        new(
            Width: 24, 2, Heads: 4, KeyValueHeads: 2, Inner: 40, Batch: 1, Length,
            Vocabulary: VocabularyLayout.FirstMerge + Merges, Dropout: 0.5);

    internal int[] Ids =>
        [
            .. Texts.SelectMany(text =>
                (int[])[SpecialTokens.BeginOfText, .. Tokenizer.EncodeToIds(text), SpecialTokens.EndOfText]),
        ];

    internal int Limit => Windows ?? int.MaxValue;

    /// <summary>The targets, window by window, each with the inputs before them.</summary>
    internal IEnumerable<(long[] Inputs, long[] Targets)> Pairs()
    {
        var ids = Ids.Select(id => (long)id).ToArray();
        return Enumerable.Range(0, ids.Length - 1).Chunk(Length).Take(Limit)
            .Select(places => (places.Select(i => ids[i]).ToArray(), places.Select(i => ids[i + 1]).ToArray()));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Loss and bits per byte on held-out text: EVL-01, EVL-03, EVL-05.</summary>
public static class ValidationSpec
{
    private static readonly ValidationTextCase Sentences =
            new("two documents, the last window short", 40, 13, null, TurkishSamples.Page[..160], "Iğdır’da 😀 kısa bir gün."),
        Letters =
            new("a token for each byte", 0, 19, null, TurkishSamples.Suffixed[..40], TurkishSamples.MarkedLetters, "ÇĞİÖŞÜ"),
        Beginning = new("the first windows, which end within a letter", 0, 11, 3, "ığ şü İstanbul'un ğğ", "çöğüş ÇÖĞÜŞ 😀😀");

    public static readonly Requirement<ValidationTextCase, MeasureValidation> EVL_01_EveryTokenAlike = new()
    {
        Id = "EVL-01",
        Statement = "The validation loss equals the float64 oracle's: the sum over all tokens divided by their number, with a "
            + "short last window and with two processes that share the windows.",
        Source = "BUG-EVL-01: pytorch/torchtitan PR #4167, keras-team/keras-hub PR #2958; TOL-LOSS and TOL-MODEL",
        CanonicalCases = [Sentences, Letters],
        Subject = (_, at) => (model, shard, tokenizer, length, windows) => SimulatedRanks.Run(2, group =>
        {
            using var scope = NewDisposeScope();
            using var own = new LanguageModel(model.Parameters, at.ComputeType);
            return LossEvaluator.Measure(own, shard, new TokenByteLengths(tokenizer), length, windows, group).Loss;
        }) is [var first, var second] && first == second ? new(first, 0) : new(double.NaN, 0),
        Holds = (measure, c, at) => CheckMeasured(measure, c, at, (held, oracle, allowed) =>
            Verdict.AtMost(allowed, Math.Abs(held[0].Loss - oracle.Nats / oracle.Tokens), "difference from the oracle's, nats")),
        Impostors = new()
        {
            ["the mean of the windows' means"] = (c, _) => Of(c, windows => new(windows.Average(w => w.Nats / w.Tokens), 0)),
            ["the mean of two processes' means"] = (c, _) =>
                Of(c, windows =>
                    new(
                        windows
                            .Index()
                            .GroupBy(w => w.Index % 2, w => w.Item)
                            .Average(w => w.Sum(x => x.Nats) / w.Sum(x => x.Tokens)),
                        0)),
            ["one process's own windows"] = (c, _) =>
                Of(c, windows =>
                    new(
                        windows.Where((_, i) => i % 2 == 1).Sum(w => w.Nats)
                            / windows.Where((_, i) => i % 2 == 1).Sum(w => w.Tokens),
                        0)),
            ["padding counts as tokens"] = (c, _) =>
                Of(c, windows => new(windows.Sum(w => w.Nats) / (windows.Count * c.Length), 0)),
            ["the short window is skipped"] = (c, _) =>
                Of(c, windows => new(windows.SkipLast(1).Sum(w => w.Nats) / windows.SkipLast(1).Sum(w => w.Tokens), 0)),
            ["every token predicts itself"] = (c, _) => (model, _, _, _, _) =>
                new(c.Pairs().Sum(pair => Nats(model, pair.Inputs, pair.Inputs)) / c.Pairs().Sum(pair => pair.Inputs.Length), 0),
        },
    };

    public static readonly Requirement<ValidationTextCase, MeasureValidation> EVL_03_Again = new()
    {
        Id = "EVL-03",
        Statement = "Repeated evaluation gives the same bits, also with dropout in the configuration, and equals the oracle, "
            + "which has no dropout.",
        Source = "BUG-EVL-03 and BUG-EVL-10: meta-pytorch/torchtune PR #1049, ethos-ares #20; TOL-LOSS and TOL-MODEL",
        CanonicalCases = [Sentences, Beginning],
        Subject = (_, _) => Real,
        Holds = (measure, c, at) => CheckMeasured(measure, c, at, (held, oracle, allowed) => Verdict.All(
            Verdict.Equal(
                BitConverter.DoubleToInt64Bits(held[0].Loss), BitConverter.DoubleToInt64Bits(held[1].Loss),
                "bits of the second loss"),
            Verdict.AtMost(allowed, Math.Abs(held[0].Loss - oracle.Nats / oracle.Tokens), "difference from the oracle's, nats"))),
        Impostors = new()
        {
            ["in training mode"] = (c, _) => (model, _, _, _, _) =>
                new(
                    c.Pairs().Sum(pair => Nats(model, pair.Inputs, pair.Targets, training: true))
                        / c.Pairs().Sum(pair => pair.Targets.Length),
                    0),
            ["other windows each time"] = (c, _) =>
            {
                var skipped = 0;
                return (model, _, _, _, _) =>
                {
                    var pairs = c.Pairs().Skip(skipped++).ToArray();
                    return new(
                        pairs.Sum(pair => Nats(model, pair.Inputs, pair.Targets)) / pairs.Sum(pair => pair.Targets.Length),
                        0);
                };
            },
            ["changes the model"] = (_, _) => (model, shard, tokenizer, length, windows) =>
            {
                var held = Real(model, shard, tokenizer, length, windows);
                using var grad = no_grad();
                model.Parameters["norm.weight"].mul_(1.01);
                return held;
            },
        },
    };

    public static readonly Requirement<ValidationTextCase, MeasureValidation> EVL_05_Bytes = new()
    {
        Id = "EVL-05",
        Statement = "Bits per byte are the loss of all tokens in bits, divided by the number of UTF-8 bytes that the targets "
            + "decode to; special tokens decode to none.",
        Source = "BUG-EVL-05: openai/parameter-golf #1719, huggingface/lighteval PR #1264; TOL-LOSS and TOL-MODEL",
        CanonicalCases = [Sentences, Letters, Beginning],
        Subject = (_, _) => Real,
        Holds = (measure, c, at) => CheckMeasured(measure, c, at, (held, oracle, allowed) => Verdict.AtMost(
            allowed * oracle.Tokens / oracle.Bytes / Math.Log(2),
            Math.Abs(held[0].BitsPerByte - oracle.Nats / Math.Log(2) / oracle.Bytes), "difference from the oracle's, bits")),
        Impostors = new()
        {
            ["characters instead of bytes"] = (c, _) =>
                PerByte(c, (targets, tokenizer) => tokenizer.Decode(OrdinaryTokens(targets)).Length),
            ["names of special tokens count"] = (c, _) =>
                PerByte(c, (targets, tokenizer) => targets.Sum(id => tokenizer.GetBytes((int)id).Length)),
            ["each token decoded separately"] = (c, _) =>
                PerByte(c, (targets, tokenizer) =>
                    OrdinaryTokens(targets).Sum(id => Encoding.UTF8.GetByteCount(tokenizer.Decode([id])))),
            ["spaces are not counted"] = (c, _) =>
                PerByte(c, (targets, tokenizer) =>
                    OrdinaryTokens(targets).Sum(id => tokenizer.GetBytes(id).ToArray().Count(b => b != ' '))),
            ["tokens instead of bytes"] = (c, _) => PerByte(c, (targets, _) => targets.Length),
            ["nats instead of bits"] = (c, _) => Of(c, windows => new(0, windows.Sum(w => w.Nats) / windows.Sum(w => w.Bytes))),
            ["the mean of the windows' ratios"] = (c, _) =>
                Of(c, windows => new(0, windows.Average(w => w.Nats / Math.Log(2) / w.Bytes))),
        },
    };

    public static IReadOnlyList<Requirement> All => [EVL_01_EveryTokenAlike, EVL_03_Again, EVL_05_Bytes];

    private static ValidationValues Real(LanguageModel model, TokenShard shard, Tokenizer tokenizer, int length, int windows)
    {
        var result = LossEvaluator.Measure(model, shard, new TokenByteLengths(tokenizer), length, windows);
        return new(result.Loss, result.BitsPerByte);
    }

    // Evaluates twice, and passes the result of the oracle and the allowed error per token.
    private static Verdict CheckMeasured(
        MeasureValidation measure, ValidationTextCase c, Conditions at,
        Func<ValidationValues[], (double Nats, long Tokens, long Bytes), double, Verdict> judge)
    {
        using var shards = new TemporaryShards();
        using var shard = TokenShard.Open([shards.Write(c.Ids)]);
        using var weights = ModelCase.Weights(c.Model.Config, at);
        using var model = new LanguageModel(weights, at.ComputeType);
        var oracle = new TransformerOracle(c.Model.Sizes, weights.Doubles());
        var (nats, tokens, largest) = (0.0, 0L, 0.0);
        foreach (var (inputs, targets) in c.Pairs())
        {
            var logits = oracle.Logits(inputs, batch: 1);
            nats += CrossEntropyOracle.TokenLosses(logits, targets).Sum();
            (tokens, largest) = (tokens + targets.Length, Math.Max(largest, logits.Max(Math.Abs)));
        }
        // The targets of the whole text have the bytes of the text; a part of it uses only single-byte and special tokens.
        long bytes = c.Windows is null
            ? c.Texts.Sum(Encoding.UTF8.GetByteCount)
            : c.Pairs().Sum(pair => pair.Targets.Count(id => id >= VocabularyLayout.FirstByte));
        var allowed = Tolerance.Loss(ScalarType.Float32, c.Model.Vocabulary, largest) + 2 * c.Model.Allowed(at) * largest;
        ValidationValues[] held =
        [
            measure(model, shard, c.Tokenizer, c.Length, c.Limit), measure(model, shard, c.Tokenizer, c.Length, c.Limit),
        ];
        return judge(held, (nats, tokens, bytes), allowed);
    }

    private static MeasureValidation Of(ValidationTextCase c, Func<IReadOnlyList<WindowLoss>, ValidationValues> sum) =>
        (model, shard, tokenizer, length, windows) =>
        sum(LossEvaluator.Measure(model, shard, new TokenByteLengths(tokenizer), c.Length, windows).Windows);

    private static MeasureValidation PerByte(ValidationTextCase c, Func<long[], Tokenizer, int> bytes) =>
        (model, _, tokenizer, _, _) =>
        new(
            0,
            c.Pairs().Sum(pair => Nats(model, pair.Inputs, pair.Targets))
                / Math.Log(2)
                / c.Pairs().Sum(pair => bytes(pair.Targets, tokenizer)));

    private static double Nats(LanguageModel model, long[] inputs, long[] targets, bool training = false)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var batch = TokenBatch.Create(inputs, targets, rows: 1, model.Device);
        return model.ComputeLossSum(batch.Inputs, batch.Targets, training).ToDouble();
    }

    private static IEnumerable<int> OrdinaryTokens(long[] targets) =>
        targets.Where(id => id >= VocabularyLayout.FirstByte).Select(id => (int)id);
}
