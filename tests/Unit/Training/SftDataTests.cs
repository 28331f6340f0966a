using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Objectives.FineTuning;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Tests the rows that the steps of a fine-tuning run read.</summary>
[Trait("Suite", "Fast")]
public sealed class SftDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, 0.0)]
    [InlineData(false, 0.0)]
    [InlineData(true, 0.4)]
    public void What_is_announced_is_what_comes(bool packing, double textShare)
    {
        using var data = new SftData(Plan(packing, textShare));
        long tokens = 0;
        for (var step = 1; step <= 20; step++)
        {
            using var scope = torch.NewDisposeScope();
            TokenBatch[] batches = [data.ReadMicroBatch(step, 0, 3, torch.CPU), data.ReadMicroBatch(step, 3, 3, torch.CPU)];
            batches.Should().OnlyContain(batch => batch.Inputs.size(0) == 3);
            batches
                .Select(batch => batch.LossTerms)
                .Should()
                .Equal(data.CountLossTerms(step, 0, 3), data.CountLossTerms(step, 3, 3));
            tokens += batches.Sum(Read);
            data.CountTokensThrough(step).Should().Be(tokens);
        }
        data.GetEpoch(20).Should().Be(20.0 * 6 / data.RowsPerEpoch);
        const long many = 1_000_000_007;
        data.CountTokensThrough(data.RowsPerEpoch * many).Should().Be(data.CountTokensThrough(data.RowsPerEpoch) * many);
        data.GetEpoch(data.RowsPerEpoch * many).Should().Be(6.0 * many);

        // Padding stands where a text, its own start apart, has nothing more to read.
        long Read(TokenBatch batch) => batch.Inputs.data<long>().ToArray().LongCount(id => id != SpecialTokens.Pad);
    }

    [Fact]
    public void An_epoch_learns_every_answer_once()
    {
        var plan = Plan(packing: true) with { Training = new BatchingPlan(9, MicroBatchSize: 1, SequenceLength: 64) };
        using var data = new SftData(plan);
        Enumerable
            .Range(1, data.RowsPerEpoch)
            .Sum(step => data.CountLossTerms(step, 0, 1))
            .Should()
            .Be(data.Examples.Train.Sum(example => example.Tokens.SupervisedCount));
    }

    [Fact]
    public void Running_text_has_its_share_of_the_learned_tokens_and_other_windows_in_every_epoch()
    {
        var plan = Plan(packing: false, textShare: 0.4) with
        {
            Training = new BatchingPlan(9, MicroBatchSize: 1, SequenceLength: 64),
        };
        using var data = new SftData(plan);
        var epochs = Enumerable
            .Range(0, 2)
            .Select(epoch =>
                Enumerable
                    .Range(1 + epoch * data.RowsPerEpoch, data.RowsPerEpoch)
                    .SelectMany(step => Windows(data, step))
                    .ToArray())
            .ToArray();
        foreach (var windows in epochs)
        {
            windows.Should().HaveCount(data.TextRows).And.OnlyHaveUniqueItems();
            var learned = data.Examples.Train.Sum(example => (double)example.Tokens.SupervisedCount);
            (windows.Length * 64 / (windows.Length * 64 + learned)).Should().BeApproximately(0.4, 0.03);
        }
        epochs[0].Should().NotIntersectWith(epochs[1]);

        static IEnumerable<string> Windows(SftData data, int step)
        {
            using var scope = torch.NewDisposeScope();
            var batch = data.ReadMicroBatch(step, 0, 1, torch.CPU);
            return batch.LossTerms == 64 ? [string.Join(' ', batch.Inputs.data<long>().ToArray())] : [];
        }
    }

    [Fact]
    public void Packing_and_the_size_of_a_batch_change_nothing_in_what_is_measured()
    {
        using var weights = WeightInitializer.Initialize(Plan(packing: true).Model, seed: 5, torch.CPU);
        using var model = new LanguageModel(weights);
        var losses = new[]
        {
            Plan(packing: true), Plan(packing: false), Plan(packing: false) with
            {
                Training = new BatchingPlan(9, MicroBatchSize: 7, SequenceLength: 64),
            },
        }
            .Select(plan =>
        {
            using var data = new SftData(plan);
            return data.Measure(model).Loss!.Value;
        }).ToArray();
        losses.Should().OnlyContain(loss => Math.Abs(loss - losses[0]) < 1e-5);
    }

    [Fact]
    public void What_is_measured_is_every_held_out_answer_and_each_token_alike()
    {
        using var weights = WeightInitializer.Initialize(Plan(packing: true).Model, seed: 5, torch.CPU);
        using var model = new LanguageModel(weights);
        using var data = new SftData(Plan(packing: true));
        var alone = data
            .Examples.Validation.Select(example =>
                ExampleCollator.Collate(
                    [
                        [example.Tokens],
                    ],
                    length: null, torch.CPU))
            .ToArray();
        var expected =
            alone.Sum(batch => batch.LossSum(model).ToDouble())
            / data.Examples.Validation.Sum(example => example.Tokens.SupervisedCount);
        data.Measure(model).Loss.Should().BeApproximately(expected, 1e-4);
    }

    [Fact]
    public void Without_held_out_conversations_there_is_no_validation_loss()
    {
        using var weights = WeightInitializer.Initialize(Plan(packing: true).Model, seed: 5, torch.CPU);
        using var model = new LanguageModel(weights);
        using var data = new SftData(Plan(packing: true) with { Sft = Plan(packing: true).Sft! with { ValidationShare = 0 } });
        data.Measure(model).Loss.Should().BeNull();
        data.Measure(model).TextLoss.Should().BePositive();
    }

    [Fact]
    public void Three_epochs_of_3411_conversations_are_639_steps_with_63_of_warm_up()
    {
        var file = Path.Combine(_folder.Path, "many.jsonl");
        File.WriteAllLines(file, Enumerable.Range(0, 3790).Select(i => $$"""{"question":"{{i}}?","answer":"{{i}}"}"""));
        var plan = ReferenceRun.Plan with
        {
            Training = new BatchingPlan(0, MicroBatchSize: 8, SequenceLength: 64, AccumulationSteps: 2) { Epochs = 3 },
            Optimizer = new OptimizerPlan(2e-5, 2e-6, WarmupSteps: 0) { WarmupRatio = 0.1 },
            Model = ReferenceRun.Plan.Model.With(maxSeqLen: 64),
            Sft = new SftPlan([new("erp", file)]) { Packing = false },
        };
        var settled = ITrainingData.ResolveSteps(plan);
        (settled.Training.Steps, settled.Optimizer.WarmupSteps).Should().Be((639, 63));
        using var data = new SftData(settled);
        (data.Examples.Train.Count, data.Examples.Validation.Count).Should().Be((3411, 379));
    }

    [Fact]
    public void A_plan_with_explicit_steps_is_resolved_unchanged() =>
        ITrainingData.ResolveSteps(ReferenceRun.Plan).Should().BeSameAs(ReferenceRun.Plan);

    [Fact]
    public void A_share_of_the_steps_warms_up_in_pretraining_too() =>
        ITrainingData
            .ResolveSteps(ReferenceRun.Plan with { Optimizer = ReferenceRun.Plan.Optimizer with { WarmupRatio = 0.25 } })
            .Optimizer.WarmupSteps.Should()
            .Be(5);

    private static TrainingPlan Plan(bool packing, double textShare = 0) => ReferenceRun.Plan with
    {
        Model = ReferenceRun.Plan.Model.With(maxSeqLen: 64),
        Training = new BatchingPlan(9, MicroBatchSize: 3, SequenceLength: 64, AccumulationSteps: 2),
        Sft = new SftPlan([new("erp", Path.Combine(ReferenceRun.Fixtures, "sft", "erp.jsonl"))])
        {
            Packing = packing,
            TextShare = textShare,
        },
    };
}
