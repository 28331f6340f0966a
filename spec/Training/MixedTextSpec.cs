using System.Globalization;
using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Data;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives.FineTuning;

namespace TurkishLlm.Spec.Training;

/// <summary>Inputs and targets of a row; both without padding.</summary>
/// <param name="Inputs">The inputs.</param>
/// <param name="Targets">The target of each, or −1.</param>
public sealed record MixedRow(long[] Inputs, long[] Targets)
{
    internal bool IsText => Targets.All(target => target >= 0);

    internal string Key => string.Join(' ', Inputs.Concat(Targets));
}

/// <summary>The rows of whole epochs, in the order in which they are read.</summary>
/// <param name="RowsPerEpoch">Rows of an epoch.</param>
/// <param name="Rows">The rows.</param>
public sealed record MixedRows(int RowsPerEpoch, IReadOnlyList<MixedRow> Rows);

/// <summary>Fine-tuning with running text.</summary>
/// <param name="Packing">True to pack conversations.</param>
/// <param name="TextShare">Fraction of the learned tokens that are running text.</param>
/// <param name="MicroBatchSize">Rows of a micro-batch.</param>
/// <param name="Accumulation">Micro-batches of a step.</param>
/// <param name="Epochs">Epochs that are read.</param>
/// <param name="Processes">Number of processes that share the rows of a step.</param>
public sealed record MixedTextCase(
    bool Packing, double TextShare, int MicroBatchSize, int Accumulation, int Epochs, int Processes = 1)
{
    /// <summary>The first epoch that is read: a multiple of the rows of a step, so that it begins with one.</summary>
    public long FirstEpoch { get; init; }

    internal const int SequenceLength = 64;

    internal TrainingPlan Plan(Conditions at, string file) => at.TextPlan with
    {
        Training = new BatchingPlan(Steps: 1, MicroBatchSize, SequenceLength, Accumulation),
        Sft = new SftPlan([new("rows", file)]) { Packing = Packing, TextShare = TextShare, ValidationShare = 0 },
    };
}

/// <summary>Rows of running text among those of conversations.</summary>
public static class MixedTextSpec
{
    /// <summary>Reads the rows of the first epochs of a plan.</summary>
    public static readonly Requirement<MixedTextCase, Func<TrainingPlan, MixedRows>> SFT_36_TextRows = new()
    {
        Id = "SFT-36",
        Statement = "In fine-tuning with running text, every row of every epoch is the one that seed, epoch and position "
            + "determine: text has its share of the learned tokens, each of its rows is a window of its own, each epoch has "
            + "other windows, and the conversations are the same in every epoch.",
        Source = "BUG-DAT-26, BUG-DAT-13, BUG-DAT-16; probe P-COVER",
        CanonicalCases =
        [
            new(Packing: true, 0.8, 3, 2, Epochs: 3), new(Packing: false, 0.75, 2, 1, Epochs: 2),
            new(Packing: true, 0.85, 1, 4, Epochs: 4, Processes: 2),
            new(Packing: false, 0.8, 2, 2, Epochs: 2) { FirstEpoch = 4L << 31 },
        ],
        Subject = (c, _) => plan => Read(plan, c),
        Holds = (read, c, at) =>
        {
            var folder = Directory.CreateTempSubdirectory("turkishllm-mixed-");
            try
            {
                var file = Path.Combine(folder.FullName, "rows.jsonl");
                WriteConversations(file);
                return Check(read(c.Plan(at, file)), c, at);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        },
        Impostors = new()
        {
            ["all text rows of an epoch are one window"] = WithEpoch((rows, _) => ReplaceText(rows, (_, text) => text[0])),
            ["all epochs have the same windows"] = WithEpoch((rows, first) =>
                ReplaceText(rows, (i, _) => first.Where(row => row.IsText).ElementAt(i))),
            ["windows are drawn in the order in which they are read"] = WithEpoch((rows, _) =>
                ReplaceText(rows, (i, text) => text[(i + 1) % text.Length])),
            ["a row of text is missing"] = WithEpoch((rows, _) => ReplaceText(rows, (i, text) =>
                i > 0 ? text[i] : rows.First(row => !row.IsText))),
            ["windows begin one token late"] = WithEpoch((rows, _) => ReplaceText(rows, (i, text) =>
                new([.. text[i].Inputs.Skip(1), text[i].Targets[^1]], [.. text[i].Targets.Skip(1), text[i].Targets[^1]]))),
            ["the first token of a window is not learned"] = WithEpoch((rows, _) => ReplaceText(rows, (i, text) =>
                text[i] with { Targets = [-1, .. text[i].Targets.Skip(1)] })),
            ["text comes last"] = WithEpoch((rows, _) => [.. rows.OrderBy(row => row.IsText)]),
            ["every epoch has the order of the first"] = WithEpoch((rows, first) =>
            {
                var text = new Queue<MixedRow>(rows.Where(row => row.IsText));
                return [.. first.Select(row => row.IsText ? text.Dequeue() : row)];
            }),
        },
    };

    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SFT_36_TextRows];

    private static MixedRows Read(TrainingPlan plan, MixedTextCase c)
    {
        using var data = new SftData(plan);
        var rows = new List<MixedRow>();
        var firstStep = c.FirstEpoch / plan.Training.RowsPerStep * data.RowsPerEpoch + 1;
        for (var step = firstStep; rows.Count < c.Epochs * data.RowsPerEpoch; step++)
            for (var rank = 0; rank < c.Processes; rank++)
            {
                var shard = RankShard.Create(plan.Training, rank, c.Processes);
                foreach (var first in shard.MicroBatchFirstRows)
                {
                    using var scope = torch.NewDisposeScope();
                    var batch = data.ReadMicroBatch(step, first, shard.MicroBatchSize, torch.CPU);
                    rows.AddRange(batch.Inputs.Longs().Chunk((int)batch.Inputs.size(1))
                        .Zip(batch.Targets.Longs().Chunk((int)batch.Inputs.size(1)), WithoutPadding));
                }
            }
        return new(data.RowsPerEpoch, [.. rows.Take(c.Epochs * data.RowsPerEpoch)]);
    }

    // Every conversation ends with the end of a turn, which is a target and never an input, so padding has no target.
    private static MixedRow WithoutPadding(long[] inputs, long[] targets)
    {
        var length = Array.FindLastIndex(targets, target => target >= 0) + 1;
        return new(inputs[..length], targets[..length]);
    }

    private static Verdict Check(MixedRows read, MixedTextCase c, Conditions at)
    {
        var epochs = read.Rows.Chunk(read.RowsPerEpoch).ToArray();
        var learned = epochs[0].Where(row => !row.IsText).Sum(row => row.Targets.Count(target => target >= 0));
        var textRows = (int)Math.Round(c.TextShare / (1 - c.TextShare) * learned / MixedTextCase.SequenceLength);
        var conversations = read.RowsPerEpoch - textRows;
        var wrong = new List<string>();
        var known = new string?[Math.Max(1, conversations)];
        for (var epoch = 0; epoch < epochs.Length; epoch++)
        {
            var order = RowOrderOracle.Shuffle(at.Seed, c.FirstEpoch + epoch, read.RowsPerEpoch);
            for (var i = 0; i < order.Length; i++)
            {
                var row = epochs[epoch][i];
                var isRight = order[i] < conversations
                    ? !row.IsText && row.Key == (known[order[i]] ??= row.Key)
                    : row.Key == Window(c.FirstEpoch + epoch, order[i] - conversations, at).Key;
                if (!isRight) wrong.Add(string.Create(CultureInfo.InvariantCulture, $"row {i} of epoch {epoch}"));
            }
        }
        return Verdict.All(
            Verdict.AtLeast(2, textRows, "rows of text per epoch"),
            Verdict.AtLeast(2, conversations, "rows of conversations per epoch"),
            Verdict.Equal(Conversations.Count, CountAnswers(epochs[0]), "answers learned in an epoch"),
            Verdict.Equal(known.Length, known.Distinct().Count(), "different rows of conversations"),
            Verdict.AtMost(0, wrong.Count, $"wrong rows, the first {wrong.FirstOrDefault()}"));
    }

    private static MixedRow Window(long epoch, int row, Conditions at)
    {
        var position = RowOrderOracle.Draw(at.Seed, epoch, row, at.Data.Train.Count - MixedTextCase.SequenceLength);
        var tokens = ShardBytes.Read(at.Data.Train.Paths, position, MixedTextCase.SequenceLength + 1);
        return new(tokens[..^1], tokens[1..]);
    }

    private static int CountAnswers(IEnumerable<MixedRow> rows) => rows.Where(row => !row.IsText)
        .Sum(row => row.Targets.Count(target => target == EndOfTurn));

    private const long EndOfTurn = 6;

    private static readonly IReadOnlyList<Conversation> Conversations =
    [
        .. Enumerable.Range(0, 14).Select(i => new Conversation(
            ChatMessage.User(string.Create(CultureInfo.InvariantCulture, $"Depo {i}?")),
            ChatMessage.Assistant(string.Join(' ', Enumerable.Repeat("dolu", 1 + i % 6))))),
    ];

    private static void WriteConversations(string file) => ConversationWriter.Write(
        file, Conversations.Select((conversation, i) => new ConversationRow(file, i + 1) { Conversation = conversation }),
        ConversationFormat.Messages);

    // Changes every epoch; receives the rows of the epoch and of the first one.
    private static Func<MixedTextCase, Conditions, Func<TrainingPlan, MixedRows>> WithEpoch(
        Func<MixedRow[], MixedRow[], IEnumerable<MixedRow>> change) => (c, _) => plan =>
        {
            var read = Read(plan, c);
            var epochs = read.Rows.Chunk(read.RowsPerEpoch).ToArray();
            return read with { Rows = [.. epochs.SelectMany(epoch => change(epoch, epochs[0]))] };
        };

    private static IEnumerable<MixedRow> ReplaceText(MixedRow[] rows, Func<int, MixedRow[], MixedRow> replace)
    {
        var (text, next) = (rows.Where(row => row.IsText).ToArray(), 0);
        return [.. rows.Select(row => row.IsText ? replace(next++, text) : row)];
    }
}
