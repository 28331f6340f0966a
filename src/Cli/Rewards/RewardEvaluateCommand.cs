using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Preference;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Rewards;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Rewards;

/// <summary><c>turkishllm reward evaluate MODEL [PAIRS…]</c>: pair accuracy and calibration of a reward model.</summary>
internal static class RewardEvaluateCommand
{
    private const int BarWidth = 20;

    public static Command Create(Display display)
    {
        var model = new Argument<string>("model") { Description = "Run folder or checkpoint of a reward model." };
        var files = new Argument<string[]>("files")
        {
            Description = "Files of preference pairs (default: the held-out pairs of the run).",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var device = DeviceOption.Create();
        var checkpoint = new CheckpointOption();
        var command = new Command(
            "evaluate", "Measure how often a reward model gives the chosen answer the higher score, and its calibration.")
        {
            model, files, device,
        };
        checkpoint.AddTo(command);
        command.SetAction(parsed =>
        {
            using var opened = checkpoint.Open(
                parsed, parsed.GetRequiredValue(model), DeviceOption.Resolve(parsed.GetRequiredValue(device)),
                isRewardModel: true);
            var rewards = new RewardModel(opened.Model, opened.LoadChatTemplate());
            var margins = parsed.GetValue(files) is { Length: > 0 } given
                ? given.SelectMany(file => PreferenceReader.Read(file))
                    .Select(row => rewards.Score(row.Chosen) - rewards.Score(row.Rejected)).ToArray()
                : ScoreHeldOut(opened, rewards);
            if (margins.Length == 0)
                throw new InvalidDataException(
                    "There is no pair to measure. Name a file of pairs, or hold pairs out with preference.validation_share.");
            Write(display, margins);
        });
        return command;
    }

    private static double[] ScoreHeldOut(TrainedModel opened, RewardModel rewards)
    {
        if (opened.Plan is not { Preference: { } preference } plan)
            throw new ConfigurationException("The model is not in a run folder, so it has no held-out pairs. Name a file of "
                + "pairs.");
        var data = PreferenceDataset.Open(opened.LoadChatTemplate(), preference.ToOptions(plan));
        return
        [
            .. data.ValidationIndices.Select(number => data.Pairs[number]).Select(pair =>
                rewards.Score([.. pair.Chosen.Ids.Select(id => (int)id)])
                - rewards.Score([.. pair.Rejected.Ids.Select(id => (int)id)])),
        ];
    }

    private static void Write(Display display, double[] margins)
    {
        var calibration = PairCalibration.Compute(margins);
        var interval = new Bootstrap(1234).GetInterval(
            [.. margins.Select(margin => new RowValue(PairCalibration.GetScore(margin), 1))]);
        display.WriteLine(
            $"{Format.Count(margins.Length, "pair")}: accuracy {Format.Percent(calibration.Accuracy)}"
                + (interval is { } range ? $" ({Format.Percent(range.Low)} … {Format.Percent(range.High)})" : "")
                + Format.Invariant($", mean margin {margins.Average():F3}, ")
                + Format.Invariant($"expected calibration error {calibration.ExpectedError:F3}"));
        display.WriteLine();
        display.WriteTable(
            ["confidence", "pairs", "mean", "accuracy", ""],
            calibration.Bins.Select(bin => (IReadOnlyList<string>)
            [
                Format.Invariant($"{100 * bin.From:F0} … {100 * bin.To:F0} %"), Format.Count(bin.Pairs),
                Format.Percent(bin.Confidence), Format.Percent(bin.Accuracy),
                new string('█', (int)Math.Round(BarWidth * bin.Accuracy)),
            ]));
    }
}
