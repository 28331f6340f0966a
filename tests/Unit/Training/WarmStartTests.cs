using FluentAssertions;
using TorchSharp;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Tests the weights that a run may start from, and the checkpoints that it may resume from.</summary>
[Collection(nameof(NonParallel))]
public sealed class WarmStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TrainingPlan _old;

    public WarmStartTests()
    {
        _old = TinyPlan.Create(_folder / "old") with { Checkpoints = new(Every: 4, KeepLast: 9) };
        TinyPlan.Trace(_old);
    }

    private RunFolder Old => RunFolder.OpenExisting(_old.RunFolder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_a_run_and_its_weights_alone_start_the_same_run()
    {
        var alone = Weights();
        File.Copy(Path.Combine(_old.Data.Tokenizer, "tokenizer.json"), Path.Combine(alone, "tokenizer.json"));

        var first = First(_old.RunFolder);
        first.Step.Should().Be(1, "schedule and data are fresh");
        First(Old.CheckpointFolder(12)).Loss.Should().Be(first.Loss);
        First(alone).Loss.Should().Be(first.Loss);
        First(Old.CheckpointFolder(8)).Loss.Should().NotBe(first.Loss);
    }

    [Fact]
    public void Weights_alone_have_no_optimizer_to_keep()
    {
        var alone = Weights();
        var act = () => First(alone, keepOptimizer: true);
        act.Should()
            .Throw<ConfigurationException>()
            .WithMessage(
                $"warm_start.keep_optimizer is true, but {alone} holds only weights. Use keep_optimizer: false, or "
                    + "start from a checkpoint.");
    }

    [Fact]
    public void Refuses_weights_that_do_not_say_of_which_model()
    {
        var alone = Weights();
        File.Delete(Path.Combine(alone, "config.json"));
        var act = () => First(alone);
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{alone} has weights but no config.json. Add the configuration of the model.");
    }

    /// <summary>The shapes are those of the plan's model, but the weights were trained with other heads.</summary>
    [Fact, Trait("Suite", "Fast")]
    public void Refuses_weights_of_another_number_of_heads()
    {
        var plan = New(Old.CheckpointFolder(12));
        var act = () => Trainer.Create(TestClearance.Create(plan with { Model = plan.Model.With(nHeads: 8, nKvHeads: 4) }));
        act.Should().Throw<InvalidDataException>().WithMessage(
            "The weights in * were trained with n_heads 4, n_kv_heads 2 and norm_eps 1E-06; the plan's model "
                + "has 8, 4 and 1E-06. The shapes may agree, but the model would compute something else. Use the "
                + "values of the trained weights.");
    }

    [Fact]
    public void Refuses_weights_of_another_tokenizer()
    {
        var alone = Weights();
        BytePairTrainer
            .Train(
                DocumentReader.Read(Path.Combine(ReferenceRun.Fixtures, "text")).Select(document => document.Text).Skip(40),
                2048, cancellationToken: TestContext.Current.CancellationToken)
            .Save(alone);
        var act = () => First(alone);
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage(
                "The weights in * were trained with tokenizer *, but the shards were made with *: the ids would mean "
                    + "other text. *");
    }

    /// <summary>512 to 2,048 in small: no weight depends on the length, and later positions do not change earlier ones.</summary>
    [Fact]
    public void Starts_with_a_longer_context_and_the_same_bits_up_to_the_old_length()
    {
        var plan = New(Old.CheckpointFolder(12));
        plan = plan with
        {
            Model = plan.Model.With(maxSeqLen: 96, dropout: 0),
            Training = plan.Training with { SequenceLength = 90 },
        };
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        using var weights = Checkpoint.Open(Old.CheckpointFolder(12)).LoadParameters(_old.Model, torch.CPU);
        using var before = new LanguageModel(weights, _old.ComputeType);
        using var generator = new torch.Generator(5);
        foreach (var length in new[] { 1, 7, 24 })
        {
            using var scope = torch.NewDisposeScope();
            using var grad = torch.no_grad();
            var ids = torch.randint(0, plan.Model.VocabSize, [3, length], generator: generator);
            trainer.Model.Forward(ids).bytes.ToArray().Should().Equal(before.Forward(ids).bytes.ToArray());
        }
        trainer.TakeStep().Loss.Should().BeInRange(3, 9);
    }

    [Fact]
    public void Resumes_from_a_named_checkpoint_and_sets_the_later_ones_aside()
    {
        var whole = TinyPlan.Trace(_old.RunFolder);
        var watcher = new RecordingObserver();
        using (var run = TrainingRun.Open(TestClearance.Create(_old), resume: true, checkpoint: Old.CheckpointFolder(4)))
        {
            run.CurrentStep.Should().Be(4);
            Old.CheckpointSteps().Should().Equal(1, 4);
            run.Train(watcher).Should().BeTrue();
        }
        TinyPlan.Trace(_old.RunFolder).Should().Equal(whole);
        Directory
            .EnumerateDirectories(Old.CheckpointsFolder, "*.aside-1")
            .Select(Path.GetFileName)
            .Should()
            .BeEquivalentTo("step-000008.aside-1", "step-000012.aside-1");
        watcher.Events.Should().ContainSingle(what => what.Kind == EventKind.Resumed).Which.Message.Should()
            .Match(
                $"Resumes after step 4 from {Old.CheckpointFolder(4)}. Set aside, safe to delete: "
                    + "*step-000008.aside-1, *step-000012.aside-1.");
    }

    [Fact]
    public void Resumes_in_another_folder_with_equal_bits()
    {
        var whole = TinyPlan.Trace(_old.RunFolder);
        var moved = _old with { RunFolder = _folder / "moved" };
        using (var run = TrainingRun.Open(TestClearance.Create(moved), resume: true, checkpoint: Old.CheckpointFolder(8)))
            run.Train(cancellationToken: TestContext.Current.CancellationToken);
        TinyPlan.Trace(moved.RunFolder).Should().Equal(whole.Skip(8));
    }

    [Fact]
    public void Refuses_to_mix_two_runs_in_one_folder()
    {
        var other = _old with { RunFolder = _folder / "other", Seed = 5 };
        TinyPlan.Trace(other);
        var act = () => TrainingRun.Open(TestClearance.Create(other), resume: true, checkpoint: Old.CheckpointFolder(4));
        act.Should().Throw<ConfigurationException>().WithMessage(
            $"{Old.CheckpointFolder(4)} is not a checkpoint of the run in {other.RunFolder}, which is at step "
                + "12. Resume that run with --resume auto, or choose another folder with run: in the plan.");
    }

    /// <summary>The same text and tokenizer, split into other shards: every file is valid, but the windows differ.</summary>
    [Fact, Trait("Suite", "Fast")]
    public void Refuses_to_resume_with_other_shards()
    {
        var data = _old.Data with { Shards = _folder / "shards" };
        CorpusPreparation.Prepare(
            Tokenizer.Load(data.Tokenizer),
            new CorpusOptions(Path.Combine(ReferenceRun.Fixtures, "text"), data.Shards, validationShare: 0.2));
        var act = () => TrainingRun.Open(TestClearance.Create(_old with { Data = data }), resume: true);
        act.Should().Throw<InvalidDataException>().WithMessage(
            $"The shards {data.Shards}/*.tokens … are not those that {Old.CheckpointFolder(12)} was trained "
                + "on (* instead of *): the next steps would read other text, and some of it twice. "
            + "Restore the old shards, or start a new run from these weights: train PLAN --init-from "
            + $"{Old.CheckpointFolder(12)}");
        First(Old.CheckpointFolder(12), data: data).Loss.Should().BeInRange(3, 9, "a new round may read what it likes");
    }

    [Fact]
    public void Prepared_again_the_same_shards_are_the_same()
    {
        var data = _old.Data with { Shards = _folder / "shards" };
        CorpusPreparation.Prepare(
            Tokenizer.Load(data.Tokenizer),
            new CorpusOptions(Path.Combine(ReferenceRun.Fixtures, "text"), data.Shards, validationShare: 0.05));
        TrainingRun.Open(TestClearance.Create(_old with { Data = data }), resume: true).Dispose();
    }

    private string Weights()
    {
        var alone = _folder / "weights";
        Directory.CreateDirectory(alone);
        foreach (var name in new[] { "model.safetensors", "config.json" })
            File.Copy(Path.Combine(Old.CheckpointFolder(12), name), Path.Combine(alone, name));
        return alone;
    }

    private TrainingPlan New(string start, bool keepOptimizer = false) =>
        TinyPlan.Create(_folder / "new") with
        {
            WarmStart = new WarmStartPlan(start, KeepOptimizer: keepOptimizer),
        };

    private StepMetrics First(string start, bool keepOptimizer = false, DataPlan? data = null)
    {
        using var trainer = Trainer.Create(TestClearance.Create(New(start, keepOptimizer) with { Data = data ?? _old.Data }));
        return trainer.TakeStep();
    }
}
