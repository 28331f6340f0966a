using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>train</c> prints of a run, through the gate, and of runs with nothing left to do.</summary>
[Collection(nameof(NonParallel))]
public sealed partial class TrainTranscriptTests(TrainedRunTests.TrainedRunFixture trained)
    : IClassFixture<TrainedRunTests.TrainedRunFixture>,
        IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Trains_with_the_weights_of_another_run()
    {
        // Which step has the lowest validation loss depends on the values drawn for dropout: here it is given, or the only one.
        var source = _here.Copy(trained.Run, "trained");
        TrainedRunTests.SetValidation(source, (9, 3.25), (12, 3.5));
        var transcript = new Transcript((source, "TRAINED"), (_here / "", "HERE"));
        await transcript.Run("train HERE/tiny.yaml --init-from TRAINED --hourly-rate 3600 --currency USD --peak-tflops 0.01 "
            + "--set evaluation.every=12");
        var plan = TrainingPlan.Load(Path.Combine(_here.Run, "plan.yaml"), []);
        plan.WarmStart.Should().Be(new WarmStartPlan(source), "step 0 and a fresh optimizer");
        FirstLoss(_here.Run).Should().BeLessThan(FirstLoss(trained.Run) - 0.01, "twelve steps were learned before");
        transcript.List(_here.Run);
        await transcript.Run("train HERE/tiny.yaml");
        foreach (var length in new[] { 12, 10, 4, 3 })
            await transcript.Run($"train HERE/tiny.yaml --resume auto --set training.steps={length}");
        await transcript.Run("train HERE/tiny.yaml --resume auto --set model.d_ff=48 --set model.n_layers=3");
        await transcript.Run("train HERE/tiny.yaml --resume auto --set seed=78 --set training.steps=20");
        await transcript.Run("train HERE/run");
        transcript.Replace(Loss(), "$1 N");
        transcript.Replace(Machine(), "N");
        transcript.Compare("Training");
    }

    private static double FirstLoss(string run) => MetricsLog.Read(Path.Combine(run, "metrics.jsonl")).First().Loss;

    [GeneratedRegex(@"(loss|smoothed|validation|norm) \d[\d.]*( \(\d[\d.]* bits/byte\))?")]
    private static partial Regex Loss();

    // Also the diagnosis, which quotes losses, and the names of requirements, which change with their number.
    [GeneratedRegex(
        @"(?<=ETA )[\d.:]+ (s|min)|[\d.]+(?= % of peak)|(?<=  )[\d.]+ USD|(?<=, )[\d.]+ USD|(?<=› ).*"
        + @"|(?<=data: )[\d.]+ \w+|(?<=open: )\d+|(?<=too few measurements to judge: ).*"
        + @"|(?<=Specification \d\d % )\S+")]
    private static partial Regex Machine();
}
