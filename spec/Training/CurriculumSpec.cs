using System.Globalization;
using System.Text.RegularExpressions;
using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Objectives.FineTuning;

namespace TurkishLlm.Spec.Training;

/// <summary>Returns the rows of two epochs in the order in which training reads them.</summary>
/// <param name="losses">The loss of each row.</param>
/// <param name="curriculum">The curriculum; the file of losses is written by the subject.</param>
public delegate IReadOnlyList<IReadOnlyList<int>> ReadEpochs(IReadOnlyList<double> losses, Curriculum curriculum);

/// <summary>Rows with losses in no order.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="SkipEasiest">Fraction to exclude.</param>
/// <param name="SkipHardest">Fraction to exclude.</param>
/// <param name="Bands">Number of bands.</param>
public sealed record CurriculumCase(int Rows, double SkipEasiest, double SkipHardest, int Bands)
{
    internal Curriculum Curriculum => new("")
    {
        SkipEasiest = SkipEasiest, SkipHardest = SkipHardest, Bands = Bands, Order = CurriculumOrder.EasyFirst,
    };

    // A permutation of distinct losses.
    internal IReadOnlyList<double> CreateLosses(long seed) =>
    [
        .. Enumerable.Range(0, Rows)
            .OrderBy(i => CounterRandom.GetInt64(seed, i, 0, 1L << 40))
            .Select(rank => 0.25 + rank / 64.0),
    ];
}

/// <summary>Fine-tuning that selects and orders its rows by loss.</summary>
public static partial class CurriculumSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft61_Curriculum];

    /// <summary>Reads two epochs.</summary>
    public static readonly Requirement<CurriculumCase, ReadEpochs> Sft61_Curriculum = new()
    {
        Id = "SFT-61",
        Statement = "A curriculum excludes the rows with the lowest and the highest losses, for every order of the file of "
            + "losses; every epoch reads each other row once, bands of lower losses first, each in an order of its own.",
        Source = "Tutorial on fine-tuning, multi-stage SFT: simple to complex; a loss read by position belongs to another row",
        CanonicalCases = [new(40, 0.1, 0.2, 4), new(30, 0.25, 0, 2), new(36, 0.05, 0.4, 5)],
        Subject = (_, at) => (losses, curriculum) => Read(at, losses, curriculum, shuffleFile: true),
        Holds = (read, c, at) =>
        {
            var losses = c.CreateLosses(at.Seed);
            var ranked = Enumerable.Range(0, c.Rows).OrderBy(row => losses[row]).ToArray();
            var kept = ranked[(int)Math.Round(c.SkipEasiest * c.Rows)..(c.Rows - (int)Math.Round(c.SkipHardest * c.Rows))];
            var epochs = read(losses, c.Curriculum);
            int Band(int row) => Array.IndexOf(kept, row) * c.Bands / kept.Length;
            return Verdict.All(
                Verdict.Equal(2, epochs.Count, "epochs"),
                Verdict.SameElements([.. kept.Order()], [.. epochs[0].Order()], "rows of the first epoch"),
                Verdict.SameElements([.. kept.Order()], [.. epochs[1].Order()], "rows of the second epoch"),
                CheckBands(epochs[0], "bands of the first epoch"),
                CheckBands(epochs[1], "bands of the second epoch"),
                Verdict.That(!epochs[0].SequenceEqual(epochs[1]), "the second epoch has another order"),
                Verdict.That(!epochs[0].SequenceEqual(kept), "bands are shuffled"));

            Verdict CheckBands(IReadOnlyList<int> epoch, string what) =>
                Verdict.SameElements([.. epoch.Select(Band).Order()], [.. epoch.Select(Band)], what);
        },
        Impostors = new()
        {
            ["the loss of the row at the same place of the file"] = (_, at) => (losses, curriculum) =>
                Read(at, [.. losses.Skip(1), losses[0]], curriculum, shuffleFile: false),
            ["hard first"] = (_, at) => (losses, curriculum) =>
                [.. Read(at, losses, curriculum, shuffleFile: true).Select(epoch => epoch.Reverse().ToArray())],
            ["the easiest are kept and the hardest excluded"] = (_, at) => (losses, curriculum) => Read(
                at, losses, curriculum with { SkipEasiest = curriculum.SkipHardest, SkipHardest = curriculum.SkipEasiest },
                shuffleFile: true),
            ["nothing is excluded"] = (_, at) => (losses, curriculum) =>
                Read(at, losses, curriculum with { SkipEasiest = 0, SkipHardest = 0 }, shuffleFile: true),
            ["the whole epoch is shuffled"] = (_, at) => (losses, curriculum) =>
                Read(at, losses, curriculum with { Order = CurriculumOrder.None }, shuffleFile: true),
            ["sorted, not shuffled in bands"] = (_, at) => (losses, curriculum) =>
            [
                .. Read(at, losses, curriculum, shuffleFile: true).Select(epoch => epoch.OrderBy(row => losses[row]).ToArray()),
            ],
            ["every epoch has the order of the first"] = (_, at) => (losses, curriculum) =>
            [
                .. Enumerable.Repeat(Read(at, losses, curriculum, shuffleFile: true)[0], 2),
            ],
        },
    };

    // Through the data of a training run, one example per row and one row per step.
    private static IReadOnlyList<IReadOnlyList<int>> Read(
        Conditions at, IReadOnlyList<double> losses, Curriculum curriculum, bool shuffleFile)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-curriculum-");
        try
        {
            var (file, scores) = (Path.Combine(folder.FullName, "rows.jsonl"), Path.Combine(folder.FullName, "scores.jsonl"));
            ConversationRow[] rows =
            [
                .. Enumerable.Range(0, losses.Count).Select(i => new ConversationRow(file, i + 1)
                {
                    Conversation = new(
                        ChatMessage.User(string.Create(CultureInfo.InvariantCulture, $"Konu {i}?")),
                        ChatMessage.Assistant("Evet.")),
                }),
            ];
            ConversationWriter.Write(file, rows, ConversationFormat.Messages);
            var lines = rows.Select((row, i) => new RowScore(RowScore.GetKey(row), row.Location, losses[i], 2).ToJson());
            File.WriteAllLines(scores, shuffleFile ? lines.OrderBy(line => line, StringComparer.Ordinal) : lines);
            return Read(at.TextPlan with
            {
                Training = new BatchingPlan(Steps: 1, MicroBatchSize: 1, SequenceLength: 48),
                Sft = new SftPlan([new("rows", file)])
                {
                    Packing = false, ValidationShare = 0, Curriculum = curriculum with { Scores = scores },
                },
            }, at);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IReadOnlyList<IReadOnlyList<int>> Read(TrainingPlan plan, Conditions at)
    {
        using var data = new SftData(plan);
        var read = Enumerable.Range(1, 2 * data.RowsPerEpoch).Select(step =>
        {
            using var scope = torch.NewDisposeScope();
            var ids = data.ReadMicroBatch(step, 0, 1, torch.CPU).Inputs.data<long>().ToArray().Select(id => (int)id);
            return int.Parse(Topic().Match(at.Tokenizer.Decode(ids)).Groups[1].Value, CultureInfo.InvariantCulture);
        }).ToArray();
        return [.. read.Chunk(data.RowsPerEpoch)];
    }

    [GeneratedRegex(@"Konu (\d+)")]
    private static partial Regex Topic();
}
