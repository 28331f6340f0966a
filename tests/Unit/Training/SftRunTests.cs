using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Objectives;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Fine-tuning runs, from their first step and from the weights of another run.</summary>
[Collection(nameof(NonParallel))]
public sealed class SftRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Measures_before_and_after_every_epoch_and_shows_answers_before_and_after()
    {
        var plan = Plan("run") with
        {
            Evaluation = new EvaluationPlan(Every: 1000, Windows: 2),
            Samples = new SamplePlan
            {
                Every = 1000,
                Prompts = ["Telbis nedir?"],
                MaxTokens = 3,
            },
        };
        plan = ITrainingData.ResolveSteps(plan with { Training = plan.Training with { Epochs = 2 } });
        TinyPlan.Trace(plan);

        var run = RunFolder.OpenExisting(plan.RunFolder);
        var lines = MetricsLog.Read(run.MetricsFile).ToArray();
        lines[0].InitialValidation!.Loss.Should().BePositive();
        lines[0].InitialValidation!.TextLoss.Should().BePositive();
        lines.Skip(1).Should().OnlyContain(line => line.InitialValidation == null);
        lines.Where(line => line.ValidationLoss is not null).Select(line => line.Step).Should().Equal(
            lines.First(line => line.Epoch >= 1).Step, plan.Training.Steps);
        lines.Should().OnlyContain(line => line.LossTerms > 0 && line.LossTerms < 4 * 64);

        SampleLog.Read(run.SamplesFile).Select(sample => sample.Step).Should().Equal(0, plan.Training.Steps);
        SampleLog.Read(run.SamplesFile).Should().OnlyContain(sample => sample.Text.StartsWith("Telbis nedir? → "));

        var epochs = EpochMetrics.FromSteps(lines);
        epochs.Select(epoch => epoch.Epoch).Should().Equal(0, 1, 2);
        epochs[0]
            .Should()
            .Be(
                new EpochMetrics(
                    0, null, lines[0].InitialValidation!.Loss, lines[0].InitialValidation!.TextLoss, epochs[0].IsBest, 0));
        epochs[2].ValidationLoss.Should().Be(lines[^1].ValidationLoss);
        epochs.Count(epoch => epoch.IsBest).Should().Be(1);
        File.ReadAllText(run.ReportFile).Should().Contain("<h2>Epochs</h2>").And.Contain("★");
    }

    [Fact]
    public void Stores_the_chat_template_of_the_plan_and_refuses_to_continue_with_another()
    {
        var plan = Plan("run");
        plan = plan with { Sft = plan.Sft! with { ChatTemplate = ChatFormat.ChatMl } };
        TinyPlan.Trace(plan);
        var folder = RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12);
        ChatTemplate.FindFormat(folder).Should().Be(ChatFormat.ChatMl);

        var weights = WeightLoader.Open(folder);
        weights.RequireTemplate(ChatFormat.ChatMl);
        weights.RequireTemplate(null);
        weights.Invoking(checkpoint => checkpoint.RequireTemplate(ChatFormat.TurkishLlm)).Should().Throw<InvalidDataException>()
            .WithMessage("The weights in * were trained with chat template chatml, but the plan has turkishllm: *"
                + "Use chat_template: chatml.");
        var other = Plan("other") with { WarmStart = new WarmStartPlan(folder) };
        FluentActions.Invoking(() => TinyPlan.Trace(other)).Should().Throw<InvalidDataException>()
            .WithMessage("*Use chat_template: chatml.");
    }

    [Fact]
    public void Stores_the_template_with_the_weights_and_notices_when_it_is_changed()
    {
        var plan = Plan("run");
        TinyPlan.Trace(plan with { Sft = plan.Sft! with { System = "Kısa yanıtla." } });
        var folder = RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12);
        ChatTemplate.Load(folder, Tokenizer.Load(plan.Data.Tokenizer)).System.Should().Be("Kısa yanıtla.");

        var file = Path.Combine(folder, ChatTemplate.FileName);
        File.WriteAllText(file, File.ReadAllText(file).Replace("Kısa", "Uzun", StringComparison.Ordinal));
        var act = () => Checkpoint.Open(folder);
        act.Should().Throw<InvalidDataException>().WithMessage($"{file} is damaged: its SHA-256 is *");
        File.Delete(file);
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{folder} is not a complete checkpoint: {ChatTemplate.FileName} is missing.*");
    }

    [Fact]
    public void Ends_early_when_nothing_gets_better_and_stays_ended()
    {
        // With this learning rate every validation loss is worse than the first.
        var plan = Plan("run") with
        {
            Evaluation = new EvaluationPlan(Every: 1, Windows: 1, Patience: 2),
            Optimizer = new OptimizerPlan(1.0, 1.0, WarmupSteps: 0),
        };
        plan = plan with { Training = plan.Training with { Steps = 40 } };
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false))
            run.Train(cancellationToken: TestContext.Current.CancellationToken).Should().BeTrue();
        var folder = RunFolder.OpenExisting(plan.RunFolder);
        var losses = MetricsLog.Read(folder.MetricsFile).Select(line => line.ValidationLoss!.Value).ToArray();
        losses.Length.Should().BeLessThan(40);
        losses[^3].Should().Be(losses.Min());
        folder.LatestCheckpointStep().Should().Be(losses.Length);

        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: true))
            run.Train(cancellationToken: TestContext.Current.CancellationToken).Should().BeTrue();
        MetricsLog.Read(folder.MetricsFile).Should().HaveCount(losses.Length);
    }

    [Fact]
    public void Begins_with_the_weights_of_a_smaller_vocabulary()
    {
        var old = TinyPlan.Create(_folder / "old");
        TinyPlan.Trace(old);
        var checkpoint = Checkpoint.Open(RunFolder.OpenExisting(old.RunFolder).CheckpointFolder(12));
        var plan = Plan("run") with
        {
            Model = checkpoint.Config.With(vocabSize: 2051, maxSeqLen: 64),
            WarmStart = new WarmStartPlan(checkpoint.Folder) { GrowVocabulary = true },
        };
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        using var before = checkpoint.LoadParameters(checkpoint.Config, TorchSharp.torch.CPU);
        var rows = trainer.Model.Parameters["embed_tokens.weight"];
        rows.shape.Should().Equal(2051, 24);
        rows.cpu().bytes[..(2048 * 24 * 4)].ToArray().Should().Equal(before["embed_tokens.weight"].bytes.ToArray());

        var refused = () => Trainer.Create(TestClearance.Create(plan with { WarmStart = new WarmStartPlan(checkpoint.Folder) }));
        refused
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("*embed_tokens.weight is [2048, 24], the model takes [2051, 24]*");
        var shrunk = () =>
            Trainer.Create(TestClearance.Create(plan with { Model = checkpoint.Config.With(vocabSize: 2000, maxSeqLen: 64) }));
        shrunk
            .Should()
            .Throw<ConfigurationException>()
            .WithMessage("The vocabulary has 2048 tokens and cannot shrink to 2000. Use vocab_size: 2048 or more.");
        var widened = () =>
            Trainer.Create(
                TestClearance.Create(plan with { Model = checkpoint.Config.With(vocabSize: 2051, dFf: 44, maxSeqLen: 64) }));
        widened
            .Should()
            .Throw<ConfigurationException>()
            .WithMessage(
                "Only the vocabulary of a model can grow, but other sizes differ from those of its checkpoint. Use "
                    + "the sizes of the checkpoint.");
    }

    [Fact, Trait("Suite", "Fast")]
    public void Frozen_layers_keep_their_bits_through_a_run()
    {
        var plan = Plan("run") with
        {
            Optimizer = Plan("run").Optimizer with { Freeze = new FreezePlan("embed_tokens", "layers.0") },
        };
        TinyPlan.Trace(plan);
        using var drawn = WeightInitializer.Initialize(plan.Model, plan.Seed, TorchSharp.torch.CPU);
        using var trained = Checkpoint
            .Open(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12))
            .LoadParameters(plan.Model, TorchSharp.torch.CPU);
        foreach (var name in drawn.Names)
            drawn[name]
                .bytes.SequenceEqual(trained[name].bytes)
                .Should()
                .Be(
                    name.StartsWith("embed", StringComparison.Ordinal) || name.StartsWith("layers.0.", StringComparison.Ordinal),
                    name);
    }

    [Fact]
    public void A_run_cannot_go_on_with_another_tokenizer()
    {
        var plan = Plan("run");
        TinyPlan.Trace(plan);
        var folder = RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12);
        var other = _folder / "tokenizer";
        new Tokenizer([.. Tokenizer.Load(plan.Data.Tokenizer).Merges.SkipLast(1)]).Save(other);
        var act = () => Trainer.Resume(TestClearance.Create(plan with { Data = plan.Data with { Tokenizer = other } }), folder);
        act.Should().Throw<InvalidDataException>().WithMessage("The shards in * were created with tokenizer *");
    }

    private TrainingPlan Plan(string name) => TinyPlan.Create(_folder / name) with
    {
        Model = TinyPlan.Create("").Model.With(maxSeqLen: 64),
        Training = new BatchingPlan(Steps: 12, MicroBatchSize: 2, SequenceLength: 64, AccumulationSteps: 2),
        Sft = new SftPlan([new("erp", Path.Combine(ReferenceRun.Fixtures, "sft", "erp.jsonl"))]),
    };
}
