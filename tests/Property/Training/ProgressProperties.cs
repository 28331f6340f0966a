using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Monitoring.Progress;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Spec.Training;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Property.Training;

public sealed class ProgressProperties
{
    [Fact]
    public void EVL_12_smoothing() => ProgressSpec.EVL_12_Smoothing.HoldsFor((
        from steps in Gen.Choose(2, 200)
        from stopped in Gen.Choose(0, steps)
        select new SmoothingCase(steps, stopped)).ToArbitrary());

    [Fact]
    public void EVL_13_operations() => ProgressSpec.EVL_13_Flops.HoldsFor((
        from model in ModelArbitraries.Model.Generator
        from length in Gen.Choose(1, 300)
        select new FlopsCase(
            model.ToString(),
            new(
                model.Vocabulary, model.Width, model.Layers, model.Heads, model.KeyValueHeads, model.Inner, maxSeqLen: 512,
                tieEmbeddings: model.Tied),
            length)).ToArbitrary());

    /// <summary>However a run is cut into sessions, it costs and takes the same.</summary>
    [Fact]
    public void The_totals_of_a_run_do_not_depend_on_where_reading_was_resumed() => Prop.ForAll(
        (from steps in Gen.Choose(1, 60)
         from stopped in Gen.Choose(0, steps)
         from seed in Gen.Choose(0, 1000)
         select (steps, stopped, seed)).ToArbitrary(),
        run =>
        {
            var random = new Random(run.seed);
            var seconds = 0.0;
            StepMetrics[] lines =
            [
                .. Enumerable
                    .Range(1, run.steps)
                    .Select(n => new StepMetrics(
                        n, 2 + random.NextDouble(), 1e-3, 1, n, 500 + 500 * random.NextDouble(), seconds += random.NextDouble(),
                        1, null, null, seconds * 1.25)),
            ];
            Hardware[] machines = [CreateHardware(0, 2), CreateHardware(run.steps / 3, 5)];
            var (whole, resumed) = (
                new RunProgress(ReferenceRun.Plan, machines, lines),
                new RunProgress(ReferenceRun.Plan, machines, lines.Take(run.stopped)));
            foreach (var line in lines.Skip(run.stopped)) resumed.Add(line);
            return whole.Cost == resumed.Cost
                && whole.SmoothedLoss == resumed.SmoothedLoss
                && whole.TokensPerSecond == resumed.TokensPerSecond
                && whole.Last == resumed.Last;
        }).QuickCheckThrowOnFailure();

    private static Hardware CreateHardware(long after, double rate) =>
        new(after, "cpu", "", 1, 1, 1, "", "", "", "", null, rate, "USD");
}
