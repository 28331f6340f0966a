using FluentAssertions;
using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_curriculum_reads_easy_rows_first_and_spreads_running_text(bool packing)
    {
        var (plan, losses) = WithCurriculum(Plan(packing, textShare: 0.4));
        using var data = new SftData(plan);
        double[] read =
        [
            .. Enumerable.Range(1, data.RowsPerEpoch).Select(step =>
            {
                using var scope = torch.NewDisposeScope();
                return data.CountLossTerms(step, 0, 1) == 64 ? -1.0 : Average(data.ReadMicroBatch(step, 0, 1, torch.CPU));
            }),
        ];
        var text = read.Index().Where(row => row.Item < 0).Select(row => row.Index).ToArray();
        var loss = read.Where(row => row >= 0).ToArray();
        text.Should().HaveCount(data.TextRows);
        text.Average().Should().BeInRange(0.35 * read.Length, 0.65 * read.Length, "text is spread over the epoch");
        loss[..(loss.Length / 4)].Max().Should().BeLessThan(loss[^(loss.Length / 4)..].Min());
        data.Examples.Report[0].GetCount(RowOutcome.Pruned).Should().BePositive();

        // The rows of the batch are those with tokens that occur in it.
        double Average(TokenBatch batch)
        {
            var ids = batch.Inputs.data<long>().ToArray();
            return losses.Where(row => Contains(ids, row.Ids)).Average(row => row.Loss);
        }

        static bool Contains(long[] ids, IReadOnlyList<ushort> example) => Enumerable
            .Range(0, Math.Max(0, ids.Length - example.Count + 2))
            .Any(start => example.SkipLast(1).Index().All(id => ids[start + id.Index] == id.Item));
    }

    [Fact]
    public void Another_file_of_losses_is_other_data()
    {
        var (plan, _) = WithCurriculum(Plan(packing: true));
        var before = plan.ComputeExamplesHash();
        File.AppendAllText(plan.Sft!.Curriculum!.Scores, new RowScore("00", "x:1", 1, 1).ToJson() + "\n");
        plan.ComputeExamplesHash().Should().NotBe(before, "a run must not resume with it");
    }

    [Fact]
    public void A_row_without_a_loss_is_named()
    {
        var (plan, _) = WithCurriculum(Plan(packing: true));
        File.WriteAllLines(plan.Sft!.Curriculum!.Scores, File.ReadAllLines(plan.Sft.Curriculum.Scores).Skip(9));
        var open = () => new SftData(plan);
        open.Should().Throw<InvalidDataException>().WithMessage(
            $"* has no loss in {plan.Sft.Curriculum.Scores}: the row is new or has changed. Score the files again: *");
    }

    // Losses that grow with the place in the order of the examples' priorities.
    private (TrainingPlan Plan, IReadOnlyList<(IReadOnlyList<ushort> Ids, double Loss)> Losses) WithCurriculum(TrainingPlan plan)
    {
        plan = plan with { Training = new BatchingPlan(9, MicroBatchSize: 1, SequenceLength: 64) };
        using var all = new SftData(plan);
        var ranked = all.Examples.Train.OrderBy(example => example.Priority).Select((example, rank) => (example, rank)).ToArray();
        var places = ranked.ToDictionary(one => one.example.Location, one => 1 + one.rank / 16.0);
        var rows = plan.Sft!.Sources.SelectMany(source => ConversationReader.Read(source.Path)).ToArray();
        var scores = _folder / "losses.jsonl";
        File.WriteAllLines(scores, rows.Select(row => new RowScore(
            RowScore.GetKey(row), row.Location, places.GetValueOrDefault(row.Location, 0.5), 1).ToJson()).Distinct());
        var curriculum = new Curriculum(scores) { Order = CurriculumOrder.EasyFirst, Bands = 4, SkipHardest = 0.1 };
        return (
            plan with { Sft = plan.Sft with { Curriculum = curriculum } },
            [.. ranked.Select(one => (one.example.Tokens.Ids, places[one.example.Location]))]);
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
