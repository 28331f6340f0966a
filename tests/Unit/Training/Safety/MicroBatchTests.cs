using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training.Safety;

[Collection(nameof(NonParallel))]
[Trait("Suite", "Fast")]
public sealed class MicroBatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Halves_micro_batches_that_do_not_fit_and_restarts_the_step()
    {
        var (tried, reported) = (new List<int>(), new List<(int, int)>());
        var limit = new MicroBatchLimit(11, (before, after) => reported.Add((before, after)));
        limit.RunUntilFits(rows => { tried.Add(rows); if (rows > 2) Exhaust(); return rows; }).Should().Be(2);
        tried.Should().Equal(11, 6, 3, 2);
        reported.Should().Equal((11, 6), (6, 3), (3, 2));
        limit.RunUntilFits(rows => rows).Should().Be(2, "what did not fit once is not tried again");
    }

    [Fact]
    public void Says_what_to_do_when_a_single_sequence_does_not_fit()
    {
        var act = () => new MicroBatchLimit(2).RunUntilFits<int>(_ => { Exhaust(); return 0; });
        act.Should().Throw<ConfigurationException>().WithMessage(
            "There is not enough memory for a single sequence: * Use a shorter training.sequence_length, a "
                + "smaller model, or a device with more memory.");
    }

    [Fact]
    public void Rethrows_errors_other_than_out_of_memory()
    {
        var act = () => new MicroBatchLimit(8).RunUntilFits<int>(_ => throw new InvalidDataException("NaN in layer 3"));
        act.Should().Throw<InvalidDataException>();
    }

    [Theory]
    [InlineData(4, "4")]
    [InlineData(9, "4")]
    [InlineData(2, "2 2")]
    [InlineData(3, "3 1")]
    [InlineData(1, "1 1 1 1")]
    public void A_batch_is_split_into_rows_that_are_all_there_in_order(int rows, string expected)
    {
        using var scope = torch.NewDisposeScope();
        long[] inputs = [.. Enumerable.Range(100, 12)],
            targets = [.. Enumerable.Range(200, 12).Select(n => n % 5 == 0 ? CrossEntropy.IgnoreIndex : n)];
        var parts = TokenBatch.Create(inputs, targets, rows: 4, torch.CPU).Split(rows).ToList();
        parts
            .Select(part => part.Inputs.shape[0])
            .Should()
            .Equal(expected.Split(' ').Select(n => long.Parse(n, System.Globalization.CultureInfo.InvariantCulture)));
        parts.SelectMany(part => part.Inputs.contiguous().data<long>().ToArray()).Should().Equal(inputs);
        parts.SelectMany(part => part.Targets.contiguous().data<long>().ToArray()).Should().Equal(targets);
        foreach (var part in parts)
            part.LossTerms.Should()
                .Be(part.Targets.contiguous().data<long>().ToArray().LongCount(target => target != CrossEntropy.IgnoreIndex));
    }

    [Fact]
    public void A_run_that_is_short_of_memory_says_so_and_learns_the_same()
    {
        var plan = TinyPlan.Create(_folder / "run") with
        {
            Training = new(Steps: 6, MicroBatchSize: 4, SequenceLength: 19, AccumulationSteps: 2),
        };
        plan = plan with { Model = plan.Model.With(dropout: 0) };
        var whole = TinyPlan.Trace(plan with { RunFolder = _folder / "whole" });

        using var source = new CancellationTokenSource();
        var watcher = new RecordingObserver(stopAfter: 3, source);
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false, environment: Holding(rows: 1)))
            run.Train(watcher, source.Token);
        watcher.Events.Where(what => what.Kind == EventKind.OutOfMemory).Select(what => what.Message).Should().Equal(
            "Step 1: a micro-batch of 4 sequences does not fit into memory; continuing with 2. The step "
                + "still has 8 sequences. For the next run use training.micro_batch_size: 2, "
                + "training.accumulation_steps: 4.",
            "Step 1: a micro-batch of 2 sequences does not fit into memory; continuing with 1. The step "
                + "still has 8 sequences. For the next run use training.micro_batch_size: 1, "
                + "training.accumulation_steps: 8.");
        var folder = RunFolder.OpenExisting(plan.RunFolder);
        Checkpoint.Open(folder.CheckpointFolder(3)).State.Safety.MicroBatchSize.Should().Be(1);

        // Continues on a machine with enough memory: the reduced size stays in effect, so that the bits do not depend on the
        // machine.
        var later = new RecordingObserver();
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: true)) run.Train(later);
        later.Events.Should().NotContain(what => what.Kind == EventKind.OutOfMemory);
        Checkpoint.Open(folder.CheckpointFolder(6)).State.Safety.MicroBatchSize.Should().Be(1);
        foreach (var (ours, theirs) in Losses(folder.MetricsFile).Zip(Losses(_folder / "whole/metrics.jsonl")))
            ours.Should().BeApproximately(theirs, 1e-5 * theirs);
        TinyPlan.Trace(plan.RunFolder).Should().NotEqual(whole, "sums in another order have other last bits");
    }

    private static IEnumerable<double> Losses(string file) => MetricsLog.Read(file).Select(line => line.Loss);

    /// <summary>The error of libtorch itself: no machine has a petabyte.</summary>
    private static void Exhaust() => torch.empty([1L << 50], torch.uint8).Dispose();

    private static RunEnvironment Holding(int rows) => new()
    {
        ComputeGradient = (model, microBatches, counted) => GradientAccumulation.Compute(model, microBatches.Select(batch =>
        {
            if ((batch is TokenBatch tokens ? tokens.Inputs.shape[0] : batch.LossTerms) > rows) Exhaust();
            return batch;
        }), counted),
    };
}
