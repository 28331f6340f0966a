using FluentAssertions;
using TorchSharp;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Memory;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>Runs that train an adapter on the weights of a run of a dozen steps.</summary>
[Collection(nameof(NonParallel))]
public sealed class LoraRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Its_checkpoints_hold_the_adapter_and_not_the_weights()
    {
        var plan = Adapting(Base());
        TinyPlan.Trace(plan);
        var last = RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12);

        Directory.EnumerateFiles(last).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).Should().Equal(
            "adapter.json", "adapter.safetensors", "config.json", "optimizer.safetensors", "state.json");
        using var file = SafetensorsFile.Open(Path.Combine(last, "adapter.safetensors"));
        file.Tensors.Should().HaveCount(2 * 3 * 2, "two layers, three targets, A and B");
        Checkpoint
            .Open(last)
            .State.Sha256.Keys.Should()
            .BeEquivalentTo("adapter.json", "adapter.safetensors", "config.json", "optimizer.safetensors", "state.json");
    }

    [Fact]
    public void Stopped_and_resumed_it_has_the_bits_of_the_whole_run()
    {
        var start = Base();
        var whole = TinyPlan.Trace(Adapting(start, "whole"));
        whole.Should().HaveCount(12 + 2);

        // The state after a process died after step 5.
        var plan = Adapting(start, "stopped") with { Checkpoints = new CheckpointPlan(Every: 1, KeepLast: 20) };
        TinyPlan.Trace(plan);
        var run = RunFolder.OpenExisting(plan.RunFolder);
        foreach (var step in run.CheckpointSteps().Where(step => step > 5))
            Directory.Delete(run.CheckpointFolder(step), recursive: true);
        TinyPlan.Trace(plan, resume: true).Should().Equal(whole);
    }

    [Fact]
    public void Read_as_a_model_it_is_the_weights_with_the_adapter_merged_in()
    {
        var start = Base();
        var plan = Adapting(start);
        TinyPlan.Trace(plan);
        var checkpoint = Checkpoint.Open(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12));

        using var weights = Checkpoint.Open(start).LoadParameters(plan.Model, torch.CPU);
        using var adapter = checkpoint.LoadAdapter(weights, start, torch.CPU);
        using var expected = adapter.MergeInto(weights);
        using var read = checkpoint.LoadParameters(plan.Model, torch.CPU);
        ParameterHash.Compute(read).Should().Be(ParameterHash.Compute(expected)).And.NotBe(ParameterHash.Compute(weights));
    }

    [Fact]
    public void An_adapter_can_be_trained_on_a_model_that_is_another_adapter_s()
    {
        var first = Adapting(Base(), "first");
        TinyPlan.Trace(first);
        var second = Adapting(RunFolder.OpenExisting(first.RunFolder).CheckpointFolder(12), "second") with
        {
            Lora = new LoraConfig(3, 5, targets: [LoraTarget.O]),
        };
        TinyPlan.Trace(second);
        using var both = Checkpoint
            .Open(RunFolder.OpenExisting(second.RunFolder).CheckpointFolder(12))
            .LoadParameters(second.Model, torch.CPU);
        using var one = Checkpoint
            .Open(RunFolder.OpenExisting(first.RunFolder).CheckpointFolder(12))
            .LoadParameters(second.Model, torch.CPU);
        both.Names.Where(name => !both[name].Equals(one[name]))
            .Should()
            .Equal("layers.0.attn.o_proj.weight", "layers.1.attn.o_proj.weight");
    }

    [Fact, Trait("Suite", "Fast")]
    public void Refuses_other_weights_than_it_was_trained_on()
    {
        var start = Base();
        var plan = Adapting(start);
        TinyPlan.Trace(plan);
        var other = Base("other", seed: 78);

        var act = () =>
            Trainer.Resume(
                TestClearance.Create(plan with { WarmStart = new WarmStartPlan(other) }),
                RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12));
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage(
                $"The adapter in * was trained on the weights * of {start}, but {other} holds *. Pass the weights "
                    + "that it was trained on.");
    }

    [Fact]
    public void Says_where_missing_weights_were()
    {
        var start = Base();
        var plan = Adapting(start);
        TinyPlan.Trace(plan);
        Directory.Move(start, _folder / "moved");
        var folder = RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12);
        var act = () => Checkpoint.Open(folder).LoadParameters(plan.Model, torch.CPU);
        act.Should().Throw<DirectoryNotFoundException>().WithMessage(
            $"{folder} holds an adapter, but its base weights are no longer in {start}. Restore them, or pass "
                + $"their folder: turkishllm checkpoint merge {folder} OUTPUT --base-model DIR");
    }

    [Theory]
    [InlineData("adapter.safetensors")]
    [InlineData("adapter.json")]
    public void Refuses_a_checkpoint_whose_adapter_has_a_flipped_bit(string name)
    {
        var plan = Adapting(Base());
        TinyPlan.Trace(plan);
        var file = Path.Combine(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12), name);
        var bytes = File.ReadAllBytes(file);
        bytes[^3] ^= 1;
        File.WriteAllBytes(file, bytes);
        var act = () => Checkpoint.Open(Path.GetDirectoryName(file)!);
        act.Should().Throw<InvalidDataException>().WithMessage($"{file} is damaged: its SHA-256 is *");
    }

    [Theory]
    [InlineData(
        "{\"rank\": 0, \"alpha\": 5, \"dropout\": 0, \"targets\": [\"q\"], \"base\": \"b\", \"base_sha256\": " + "\"c\"}",
        " is damaged: rank is 0; it must be at least 1. Use rank: 8.*")]
    [InlineData(
        "{\"rank\": 2, \"alpha\": 5, \"dropout\": 0, \"targets\": [\"x\"], \"base\": \"b\", \"base_sha256\": " + "\"c\"}",
        ": targets[0] has the wrong type.")]
    [InlineData("{\"rank\": 2}", ": it lacks alpha, dropout, targets, base, base_sha256.")]
    public void Refuses_a_description_that_describes_no_adapter(string json, string problem)
    {
        File.WriteAllText(_folder / "adapter.json", json);
        var act = () => AdapterFile.Open(_folder.Path);
        act.Should().Throw<InvalidDataException>().WithMessage($"{_folder / "adapter.json"}{problem}");
    }

    [Fact]
    public void Refuses_to_resume_another_adapter_or_none()
    {
        var plan = Adapting(Base());
        TinyPlan.Trace(plan);
        foreach (var (other, change) in new (TrainingPlan, string)[]
        {
            (plan with { Lora = new LoraConfig(3, plan.Lora!.Alpha, 0.1, plan.Lora.Targets) }, "lora.rank: 2 → 3"),
            (plan with { Lora = new LoraConfig(2, plan.Lora.Alpha, 0.1, [LoraTarget.Q]) }, "lora.targets: [q, v, down] → [q]"),
            (
                plan with
                {
                    Lora = null,
                },
                "lora.rank: 2 → nothing; lora.alpha: 5 → nothing; lora.dropout: 0.1 → nothing; lora.targets: [q, "
                    + "v, down] → nothing"),
        })
        {
            var act = () => RunFolder.Check(other, resume: true);
            act.Should()
                .Throw<ConfigurationException>()
                .WithMessage(
                    $"The run folder {plan.RunFolder} holds a run of another model ({change}), which this plan cannot "
                        + "resume. *");
        }
        RunFolder
            .Check(plan with { Lora = new LoraConfig(2, plan.Lora.Alpha, 0.2, plan.Lora.Targets) }, resume: true)
            .PlanChanges.Should()
            .ContainSingle();
    }

    [Fact]
    public void Going_back_restores_the_adapter_and_leaves_the_weights()
    {
        var plan = Adapting(Base());
        using var trainer = Trainer.Create(TestClearance.Create(plan));
        var weights = ParameterHash.Compute(trainer.Model.Parameters);
        for (var step = 0; step < 3; step++) trainer.TakeStep();
        trainer.Save(_folder / "saved");
        var saved = ParameterHash.Compute(trainer.Model.TrainableParameters);
        for (var step = 0; step < 2; step++) trainer.TakeStep();
        ParameterHash.Compute(trainer.Model.TrainableParameters).Should().NotBe(saved);

        trainer.RollBack(
            _folder / "saved",
            new DivergenceException(
                6, 1e-3,
                new DivergenceCheckResult(double.NaN, double.NaN, null, null, DivergenceAction.Rollback)));
        (trainer.Step, ParameterHash.Compute(trainer.Model.TrainableParameters), ParameterHash.Compute(trainer.Model.Parameters))
            .Should()
            .Be((3, saved, weights));
        trainer.TakeStep().Step.Should().Be(4);
        ParameterHash.Compute(trainer.Model.Parameters).Should().Be(weights);
    }

    [Fact]
    public void Names_the_checkpoint_it_was_trained_on_where_the_plan_names_a_run()
    {
        var start = Base();
        var plan = Adapting(Path.GetDirectoryName(Path.GetDirectoryName(start))!);
        TinyPlan.Trace(plan);
        AdapterFile.Open(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12)).BaseModel.Folder.Should().Be(start);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0.9, false)]
    public void Its_average_is_that_of_the_adapter_and_is_merged_into_the_same_weights(double decay, bool isLast)
    {
        var plan = Adapting(Base());
        plan = plan with { Training = plan.Training with { Ema = new EmaPlan(decay) } };
        TinyPlan.Trace(plan);
        var checkpoint = Checkpoint.Open(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12));
        using var last = checkpoint.LoadParameters(plan.Model, torch.CPU);
        using var average = checkpoint.LoadAverage(torch.CPU);
        ParameterHash.Compute(average).Equals(ParameterHash.Compute(last), StringComparison.Ordinal).Should().Be(isLast);
        average["norm.weight"].data<float>().ToArray().Should().Equal(
            last["norm.weight"].data<float>().ToArray(), "no adapter is added to it");
        new FileInfo(Path.Combine(checkpoint.Folder, "ema.safetensors")).Length.Should().BeLessThan(
            8 * plan.TrainableParameterCount);
    }

    [Fact]
    public void Takes_no_more_room_and_memory_than_its_own()
    {
        var plan = Adapting(Base());
        TinyPlan.Trace(plan);
        plan.TrainableParameterCount.Should()
            .Be(plan.Lora!.CountParameters(plan.Model))
            .And.BeLessThan(plan.Model.ParameterCount / 20);
        var bytes = Directory
            .EnumerateFiles(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12))
            .Sum(file => new FileInfo(file).Length);
        bytes
            .Should()
            .BeInRange(12 * plan.TrainableParameterCount, CheckpointDiskSpace.EstimateSize(plan));
        var moments = MemoryEstimate.Compute(plan, DeviceMemory.Cpu).Parts.Single(part => part.Name == "moments");
        moments.Loss.Should().Be(8 * plan.TrainableParameterCount);
    }

    [Fact]
    public void Its_samples_come_from_the_adapted_model()
    {
        var plan = Adapting(Base()) with
        {
            Samples = new SamplePlan
            {
                Every = 12,
                Prompts = ["Kablo"],
                Temperature = 0,
                MaxTokens = 6,
            },
            Optimizer = new OptimizerPlan(0.3, 0.3, 0),
        };
        TinyPlan.Trace(plan);
        using var model = new MergedModel(
            Checkpoint.Open(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12)).LoadParameters(plan.Model, torch.CPU));
        var tokenizer = TurkishLlm.Tokenization.Tokenizer.Load(plan.Data.Tokenizer);
        int[] prompt = [TurkishLlm.Tokenization.SpecialTokens.BeginOfText, .. tokenizer.EncodeToIds("Kablo")];
        var expected = new TextGenerator(model.Model).Generate(
            prompt, new SamplingOptions
            {
                MaxTokens = 6,
                Temperature = 0,
                StopIds = TurkishLlm.Tokenization.SpecialTokens.DocumentBorders,
            });
        SampleLog
            .Read(RunFolder.OpenExisting(plan.RunFolder).SamplesFile)
            .Last()
            .Text.Should()
            .Be(tokenizer.Decode(prompt.Skip(1)) + tokenizer.Decode(expected));
    }

    private string Base(string name = "base", long seed = 77)
    {
        var plan = TinyPlan.Create(_folder / name) with { Seed = seed };
        plan = plan with { Training = plan.Training with { Steps = 3 } };
        TinyPlan.Trace(plan);
        return RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(3);
    }

    private TrainingPlan Adapting(string start, string name = "run") => TinyPlan.Create(_folder / name) with
    {
        WarmStart = new WarmStartPlan(start),
        Lora = new LoraConfig(rank: 2, alpha: 5, dropout: 0.1, targets: [LoraTarget.Q, LoraTarget.V, LoraTarget.Down]),
    };

    private sealed class MergedModel(ParameterTable weights) : IDisposable
    {
        public LanguageModel Model { get; } = new(weights);

        public void Dispose()
        {
            Model.Dispose();
            weights.Dispose();
        }
    }
}
