using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Training.Distributed;
using TurkishLlm.Training;
using TurkishLlm.Training.Objectives.Reinforcement;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Runs that learn from rewards.</summary>
[Collection(nameof(NonParallel))]
public sealed class GrpoRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Records_the_rewards_of_its_answers_and_how_far_it_moves()
    {
        var plan = Learning();
        TinyPlan.Trace(plan);

        var lines = ReadMetrics(plan);
        lines.Min(line => line.Grpo!.NoSpread).Should().BeLessThan(1);
        lines.Select(line => line.Grpo!.Reward).Distinct().Count().Should().BeGreaterThan(3);
        lines[0].Grpo!.Kl.Should().BeApproximately(0, 1e-12);
        lines[0].Loss.Should().BeApproximately(0, 1e-6, "ratios are 1, and advantages have a mean of 0");
        lines[^1].Grpo!.Kl.Should().BePositive();
        lines.Should().AllSatisfy(line =>
        {
            var answers = line.Grpo!;
            answers.Rewards.Keys.Should().Equal("ends", "length");
            answers.Reward.Should().BeApproximately((0.5 * answers.Rewards["ends"] + answers.Rewards["length"]) / 1.5, 1e-12);
            answers.AnswerTokens.Should().BeInRange(1, 8);
            answers.Entropy.Should().BeInRange(0, Math.Log(2048));
            answers.Clipped.Should().Be(0, "every batch has one step");
            line.LossTerms.Should().Be(8);
        });
        lines.Select(line => line.Tokens).Should().BeInAscendingOrder();
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 3)]
    public void Stopped_and_resumed_it_has_the_bits_of_the_whole_run(bool adapter, int updates)
    {
        var start = Base();
        TrainingPlan In(string name) => Learning(name, start) with
        {
            Lora = adapter ? new LoraConfig(2, 5) : null,
            Checkpoints = new CheckpointPlan(Every: 1, KeepLast: 20),
        };
        TrainingPlan With(TrainingPlan plan) => plan with { Grpo = plan.Grpo! with { UpdatesPerBatch = updates } };
        var whole = TinyPlan.Trace(With(In("whole")));
        var plan = With(In("stopped"));
        TinyPlan.Trace(plan);
        var run = RunFolder.OpenExisting(plan.RunFolder);
        foreach (var step in run.CheckpointSteps().Where(step => step > 4))
            Directory.Delete(run.CheckpointFolder(step), recursive: true);

        TinyPlan.Trace(plan, resume: true).Should().Equal(whole);

        var metrics = ReadMetrics(plan);
        metrics.Select(line => line.Grpo!.Reward)
            .Should().Equal(ReadMetrics(In("whole")).Select(line => line.Grpo!.Reward));
        if (updates == 1) return;
        metrics.Chunk(updates).Should().AllSatisfy(batch =>
            batch.Select(line => line.Grpo!.Reward).Distinct().Should().ContainSingle("the answers are the same"));
    }

    [Fact]
    public void The_size_of_micro_batches_changes_nothing_but_rounding()
    {
        var start = Base();
        var norms = new[] { (8, 1), (4, 2), (1, 8) }.Select(split =>
        {
            var plan = Learning($"run-{split.Item1}", start);
            TinyPlan.Trace(plan with
            {
                Optimizer = plan.Optimizer with { WarmupSteps = 0 },
                Training = plan.Training with { Steps = 1, MicroBatchSize = split.Item1, AccumulationSteps = split.Item2 },
            });
            return ReadMetrics(plan)[0].GradientNorm;
        }).ToArray();
        norms[0].Should().BePositive();
        norms.Should().AllSatisfy(norm => norm.Should().BeApproximately(norms[0], 1e-4 * norms[0]));
    }

    [Fact]
    public void Several_processes_are_refused()
    {
        var plan = Learning();
        LoopbackProcessGroups.Run(2, group =>
        {
            using var run = TrainingRun.Open(
                TestClearance.Create(plan), resume: false, environment: new RunEnvironment { ProcessGroup = group });
            return FluentActions.Invoking(() => run.Train()).Should().Throw<ConfigurationException>().Which.Message;
        }).Should().AllSatisfy(message => message.Should().Contain("Use train instead of launch."));
    }

    [Fact, Trait("Suite", "Fast")]
    public void Questions_are_asked_in_epochs_and_gold_questions_never()
    {
        var plan = Learning();
        using var all = new GrpoData(plan);
        all.Questions.Questions.Should().HaveCount(3);
        all.RowsPerEpoch.Should().Be(12);
        var gold = Write("gold.jsonl", ("MAKARA nerede", "Başka."));
        using var some = new GrpoData(plan with { Grpo = plan.Grpo! with { Gold = [gold] } });
        some.Questions.Questions.Should().HaveCount(2);
        some.Notes.Should().ContainSingle().Which.Should().Contain("1 questions of gold files are not asked");
    }

    [Fact, Trait("Suite", "Fast")]
    public void A_question_without_a_reference_is_refused_if_a_reward_needs_one()
    {
        var plan = Learning();
        var file = _folder / "bare.jsonl";
        File.WriteAllText(
            file, JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = "Nerede?" } } }));
        plan = plan with { Grpo = plan.Grpo! with { Files = [file] } };
        var act = () => new GrpoData(plan with { Grpo = plan.Grpo! with { Rewards = new() { ExactMatch = 1 } } }).Dispose();
        act.Should().Throw<InvalidDataException>();
    }

    private static StepMetrics[] ReadMetrics(TrainingPlan plan) =>
        [.. MetricsLog.Read(RunFolder.OpenExisting(plan.RunFolder).MetricsFile)];

    private string Base()
    {
        var plan = TinyPlan.Create(_folder / "base");
        TinyPlan.Trace(plan with { Training = plan.Training with { Steps = 3 } });
        return RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(3);
    }

    private string Write(string name, params (string Question, string Answer)[] rows)
    {
        var file = _folder / name;
        File.WriteAllLines(
            file, rows.Select(row => JsonSerializer.Serialize(new { question = row.Question, answer = row.Answer })));
        return file;
    }

    private TrainingPlan Learning(string name = "run", string? start = null)
    {
        var plan = TinyPlan.Create(_folder / name);
        var file = Write(
            "questions.jsonl", ("Makara nerede?", "Çayırova."), ("Sipariş ne zaman?", "Yarın."), ("Ağırlık nedir?", "On kilo."));
        return plan with
        {
            Model = plan.Model.With(dropout: 0, maxSeqLen: 128),
            Training = new BatchingPlan(Steps: 7, MicroBatchSize: 4, SequenceLength: 128, AccumulationSteps: 2),
            Optimizer = new OptimizerPlan(1e-2, 1e-3, WarmupSteps: 1),
            WarmStart = new WarmStartPlan(start ?? Base()),
            Grpo = new GrpoPlan(
                [file], new RewardsPlan { Ends = 0.5, Length = new LengthRewardPlan(2) })
            {
                GroupSize = 4, MaxNewTokens = 8, Kl = 0.05,
            },
        };
    }
}
