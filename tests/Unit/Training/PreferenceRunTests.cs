using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Plans;
using TurkishLlm.Tests.Unit.Training.Distributed;
using TurkishLlm.Training;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Objectives.Preference;
using TurkishLlm.Training.Optimization;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Runs over the pairs of the fixtures.</summary>
[Collection(nameof(NonParallel))]
public sealed class PreferenceRunTests : IDisposable
{
    private static readonly string Pairs = Path.Combine(ReferenceRun.Fixtures, "preference", "erp.jsonl");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Begins_at_ln_2_and_learns_which_answer_is_better()
    {
        var plan = Learning(Base()) with { Evaluation = new EvaluationPlan(Every: 6, Windows: 2) };
        TinyPlan.Trace(plan);
        var lines = MetricsLog.Read(RunFolder.OpenExisting(plan.RunFolder).MetricsFile).ToArray();

        lines[0].Loss.Should().BeApproximately(Math.Log(2), 1e-6);
        lines[0].Preference!.Margin.Should().BeApproximately(0, 1e-5);
        lines[0].LossTerms.Should().Be(8);
        lines[0].InitialValidation!.Loss.Should().BeApproximately(Math.Log(2), 1e-6);
        lines[^1].Loss.Should().BeLessThan(0.5);
        lines[^1].Preference!.Accuracy.Should().BeGreaterThan(0.8);
        lines[^1]
            .Preference!.Margin.Should()
            .BeApproximately(lines[^1].Preference!.RewardChosen - lines[^1].Preference!.RewardRejected, 1e-12);
        lines[^1].ValidationPreference!.LogpChosen.Should().BeNegative();
        lines[^1].TextLoss.Should().BePositive();
    }

    [Fact]
    public void Keeps_its_template_with_the_weights()
    {
        var plan = Learning(Base());
        TinyPlan.Trace(plan);
        File.ReadAllText(Path.Combine(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12), "chat_template.json"))
            .Should()
            .Contain("Kısa yanıt ver.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stopped_and_resumed_it_has_the_bits_of_the_whole_run(bool adapter)
    {
        var start = Base();
        TrainingPlan In(string name) =>
            Learning(start, name) with
            {
                Lora = adapter ? new LoraConfig(2, 5) : null,
                Checkpoints = new CheckpointPlan(Every: 1, KeepLast: 20),
            };
        var whole = TinyPlan.Trace(In("whole"));
        var plan = In("stopped");
        TinyPlan.Trace(plan);
        var run = RunFolder.OpenExisting(plan.RunFolder);
        foreach (var step in run.CheckpointSteps().Where(step => step > 4))
            Directory.Delete(run.CheckpointFolder(step), recursive: true);
        var reference = File.ReadAllBytes(Path.Combine(plan.RunFolder, "reference.json"));

        TinyPlan.Trace(plan, resume: true).Should().Equal(whole);
        File.ReadAllBytes(Path.Combine(plan.RunFolder, "reference.json")).Should().Equal(reference);
    }

    [Fact]
    public void The_size_of_micro_batches_changes_nothing_but_rounding()
    {
        var start = Base();
        var losses = new[] { (8, 1), (4, 2), (1, 8) }.Select(split =>
        {
            var plan = Learning(start, $"run-{split.Item1}");
            TinyPlan.Trace(
                plan with
                {
                    Training = plan.Training with
                    {
                        Steps = 4,
                        MicroBatchSize = split.Item1,
                        AccumulationSteps = split.Item2,
                    },
                });
            return MetricsLog.Read(RunFolder.OpenExisting(plan.RunFolder).MetricsFile).Select(line => line.Loss).ToArray();
        }).ToArray();
        losses[0].Should().OnlyHaveUniqueItems();
        losses
            .Should()
            .AllSatisfy(own =>
                own.Zip(losses[0]).Should().AllSatisfy(pair => pair.First.Should().BeApproximately(pair.Second, 1e-4)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_processes_learn_what_one_does(bool adapter)
    {
        var start = Base();
        TrainingPlan In(string name) =>
            Learning(start, name) with
            {
                Lora = adapter ? new LoraConfig(2, 5) : null,
                Evaluation = new EvaluationPlan(Every: 4, Windows: 2),
            };
        TinyPlan.Trace(In("one"));
        LoopbackProcessGroups.Run(2, group =>
        {
            using var run = TrainingRun.Open(
                TestClearance.Create(In("two")), resume: false,
                environment: new RunEnvironment { ProcessGroup = group });
            return run.Train(cancellationToken: TestContext.Current.CancellationToken);
        }).Should().Equal(true, true);

        var (one, two) = (Numbers("one"), Numbers("two"));
        one[^1].Distinct().Should().HaveCountGreaterThan(10);
        foreach (var (a, b) in one.SelectMany(line => line).Zip(two.SelectMany(line => line)))
            b.Should().BeApproximately(a, 1e-3 * Math.Max(1, Math.Abs(a)));
        File.Exists(_folder / "two/reference.json").Should().BeTrue();

        double[][] Numbers(string name) =>
            [
                .. MetricsLog
                    .Read(_folder / $"{name}/metrics.jsonl")
                    .Select(line =>
                        new[] { line.Loss, line.GradientNorm, line.ValidationLoss ?? 0, line.TextLoss ?? 0 }
                            .Concat(Of(line.Preference))
                            .Concat(Of(line.ValidationPreference))
                            .ToArray()),
            ];

        static double[] Of(PreferenceMetrics? pairs) =>
            pairs is null
                ? []
                :
                [
                    pairs.RewardChosen!.Value, pairs.RewardRejected!.Value, pairs.Margin!.Value, pairs.Accuracy,
                    pairs.LogpChosen!.Value, pairs.LogpRejected!.Value,
                ];
    }

    [Fact]
    public void Pairs_that_do_not_fit_into_memory_go_through_in_halves()
    {
        var start = Base();
        TinyPlan.Trace(Learning(start, "whole"));
        var watcher = new RecordingObserver();
        var largest = 0L;
        var little = new RunEnvironment
        {
            ComputeGradient = (model, microBatches, counted) => GradientAccumulation.Compute(model, microBatches.Select(batch =>
            {
                // no machine has a petabyte
                if (batch.LossTerms > 1) TorchSharp.torch.empty([1L << 50], TorchSharp.torch.uint8).Dispose();
                largest = Math.Max(largest, batch.LossTerms);
                return batch;
            }), counted),
        };
        using (var run = TrainingRun.Open(TestClearance.Create(Learning(start, "halves")), resume: false, environment: little))
            run.Train(watcher, TestContext.Current.CancellationToken);

        watcher.Events.Count(what => what.Kind == EventKind.OutOfMemory).Should().Be(2, "4, 2 and then 1 pair at once");
        largest.Should().Be(1);
        foreach (
            var (whole, halves) in MetricsLog
                .Read(_folder / "whole/metrics.jsonl")
                .Zip(MetricsLog.Read(_folder / "halves/metrics.jsonl")))
        {
            halves.Loss.Should().BeApproximately(whole.Loss, 1e-3);
            halves.Preference!.Margin.Should().BeApproximately(whole.Preference!.Margin!.Value, 1e-2);
            halves
                .Preference.LogpChosen.Should()
                .BeApproximately(whole.Preference.LogpChosen!.Value, 1e-2 * Math.Abs(whole.Preference.LogpChosen.Value));
        }
    }

    [Fact]
    public void Refuses_to_resume_with_other_pairs_without_a_reference()
    {
        var plan = Learning(start: null);
        plan = plan with { Preference = plan.Preference! with { Objective = new OrpoPlan(0.5) } };
        TinyPlan.Trace(plan);
        var file = _folder / "fewer.jsonl";
        File.WriteAllLines(file, File.ReadLines(Pairs).SkipLast(1));
        var act = () =>
            TrainingRun.Open(
                TestClearance.Create(plan with { Preference = plan.Preference! with { Files = [file] } }),
                resume: true);
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage("The conversations of the plan are not those that * was trained on: *");
    }

    [Fact]
    public void Learns_by_odds_from_random_weights_too()
    {
        var plan = Learning(start: null);
        plan = plan with { Preference = plan.Preference! with { Objective = new OrpoPlan(0.5) } };
        TinyPlan.Trace(plan);
        var lines = MetricsLog.Read(RunFolder.OpenExisting(plan.RunFolder).MetricsFile).ToArray();
        lines[^1].Loss.Should().BeLessThan(lines[0].Loss - 1);
        File.Exists(Path.Combine(plan.RunFolder, "reference.json"))
            .Should()
            .BeFalse("nothing is compared with what the model was");
    }

    [Fact, Trait("Suite", "Fast")]
    public void Refuses_a_reference_of_other_pairs()
    {
        var plan = Short(Learning(Base()));
        TinyPlan.Trace(plan);
        var file = _folder / "fewer.jsonl";
        File.WriteAllLines(file, File.ReadLines(Pairs).SkipLast(1));
        AssertStale(plan with { Preference = plan.Preference! with { Files = [file] } }, "other pairs");
    }

    [Fact, Trait("Suite", "Fast")]
    public void Refuses_a_reference_of_other_weights()
    {
        var plan = Short(Learning(Base()));
        TinyPlan.Trace(plan);
        AssertStale(plan with { WarmStart = new WarmStartPlan(Base("other", seed: 78)) }, "other weights (*, now *)");
    }

    [Fact]
    public void Refuses_a_reference_of_another_template()
    {
        var plan = Short(Learning(Base()));
        TinyPlan.Trace(plan);
        AssertStale(
            plan with
            {
                Preference = plan.Preference! with { System = "Uzun yanıt ver." },
            },
            "another chat template or tokenizer");
    }

    [Fact]
    public void Refuses_a_reference_in_another_number_type()
    {
        var plan = Short(Learning(Base()));
        TinyPlan.Trace(plan);
        AssertStale(plan with { ComputeType = ComputeType.BFloat16 }, "another number type (float32, now bfloat16)");
    }

    [Fact]
    public void Refuses_a_damaged_reference_and_says_how_to_recreate_it()
    {
        var plan = Learning(Base());
        TinyPlan.Trace(plan);
        var file = Path.Combine(plan.RunFolder, "reference.json");
        File.WriteAllText(file, File.ReadAllText(file)[..^20]);
        var act = () => new PreferenceData(plan).Dispose();
        act.Should().Throw<InvalidDataException>().WithMessage($"{file} is damaged: * Delete it to compute it again.");

        File.Delete(file);
        new PreferenceData(plan).Dispose();
    }

    [Fact, Trait("Suite", "Fast")]
    public void Each_epoch_reads_every_pair_once()
    {
        using var data = new PreferenceData(Learning(Base()));
        var lengths = data.Examples.TrainIndices.Sum(number => (long)data.Examples.Pairs[number].Length);
        var steps = (long)data.RowsPerEpoch!.Value;      // eight epochs of eight pairs a step
        data.CountTokensThrough(steps).Should().Be(8 * lengths);
        data.GetEpoch(steps).Should().Be(8);
        data.CountTokensThrough(1).Should().BeGreaterThan(0).And.BeLessThan(lengths);
    }

    [Fact]
    public void The_toy_plan_trains_for_a_few_steps()
    {
        var start = Base(toy: true);
        var plan = TrainingPlan.Load(Path.Combine(TestPlans.Repository, "configs", "dpo-toy.yaml"),
            [
                "training.epochs=3", $"run={_folder / "toy"}", $"warm_start.checkpoint={start}",
                $"data.tokenizer={ReferenceRun.Plan.Data.Tokenizer}", $"data.shards={ReferenceRun.Plan.Data.Shards}",
                $"preference.files=[{Pairs}]",
            ]);
        plan = ITrainingData.ResolveSteps(plan);
        plan.Training.Steps.Should().Be(17);
        TinyPlan.Trace(plan);
        var lines = MetricsLog.Read(RunFolder.OpenExisting(plan.RunFolder).MetricsFile).ToArray();
        lines[0].Loss.Should().BeApproximately(Math.Log(2), 1e-5);
        lines.TakeLast(5).Average(line => line.Loss).Should().BeLessThan(lines[0].Loss);
    }

    private static void AssertStale(TrainingPlan plan, string what)
    {
        var before = Directory.GetFileSystemEntries(plan.RunFolder, "*", SearchOption.AllDirectories);
        var act = () => TrainingRun.Open(TestClearance.Create(plan), resume: true);
        act.Should().Throw<InvalidDataException>().WithMessage(
            $"{Path.Combine(plan.RunFolder, "reference.json")} is stale: it was computed with {what}. Restore "
                + "the files that the run started with, or start a new run in another folder.");
        Directory.GetFileSystemEntries(plan.RunFolder, "*", SearchOption.AllDirectories).Should().BeEquivalentTo(before);
    }

    private string Base(string name = "base", long seed = 77, bool toy = false)
    {
        var plan = TinyPlan.Create(_folder / name) with { Seed = seed };
        plan = plan with { Training = plan.Training with { Steps = 3 }, Model = toy ? ModelConfig.Toy(2048) : plan.Model };
        TinyPlan.Trace(plan);
        return RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(3);
    }

    private static TrainingPlan Short(TrainingPlan plan) => plan with { Training = plan.Training with { Steps = 2 } };

    private TrainingPlan Learning(string? start, string name = "run")
    {
        var plan = TinyPlan.Create(_folder / name);
        return plan with
        {
            Model = plan.Model.With(dropout: 0, maxSeqLen: 256),
            Training = new BatchingPlan(Steps: 12, MicroBatchSize: 4, SequenceLength: 256, AccumulationSteps: 2),
            Optimizer = new OptimizerPlan(1e-2, 1e-3, WarmupSteps: 1),
            WarmStart = start is null ? null : new WarmStartPlan(start),
            Preference = new PreferencePlan([Pairs], new DpoPlan(0.3)) { ValidationShare = 0.2, System = "Kısa yanıt ver." },
        };
    }
}
