using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Files;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Spec.Training;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Cli;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Training.Checkpoints;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>The average of the weights in checkpoints, and the option <c>--ema</c> of the commands that use it.</summary>
[Collection(nameof(NonParallel))]
public sealed class WeightAverageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, true)]
    [InlineData(0.9, false)]
    public void An_average_without_memory_is_the_weights_themselves(double decay, bool isLast)
    {
        var checkpoint = Train(new EmaPlan(decay));
        using var weights = checkpoint.LoadParameters(checkpoint.Config, CPU);
        using var average = checkpoint.LoadAverage(CPU);
        ParameterHash.Compute(average).Equals(ParameterHash.Compute(weights), StringComparison.Ordinal).Should().Be(isLast);
    }

    [Fact]
    public async Task An_export_of_the_average_has_its_tensors_and_says_so_in_its_card()
    {
        var checkpoint = Train(new EmaPlan(0.9, 2));
        var result = await CommandLineRunner.Run(
            "checkpoint", "export", Run, _folder / "hf", "--format", "hf", "--checkpoint", "last", "--ema");
        result.Code.Should().Be(ExitCode.Success, result.Errors);
        await CommandLineRunner.Run(
            "checkpoint", "export", Run, _folder / "plain", "--format", "safetensors", "--checkpoint", "last", "--ema");
        Read(_folder / "plain/model.safetensors").Should().Equal(Read(Path.Combine(checkpoint.Folder, "ema.safetensors")))
            .And.NotEqual(Read(checkpoint.ModelFile));
        File.ReadAllText(_folder / "hf/README.md").Should()
            .Contain("| weights | moving average with decay 0.9, updated every 2 steps |")
            .And.NotContain("| validation loss", "that is the loss of the weights of the step");

        await CommandLineRunner.Run("checkpoint", "export", Run, _folder / "own", "--format", "hf", "--checkpoint", "last");
        File.ReadAllText(_folder / "own/README.md").Should().NotContain("moving average").And.Contain("| validation loss");
    }

    [Fact]
    public async Task A_result_of_the_average_is_on_the_card_of_the_average_only()
    {
        Train(new EmaPlan(0.9));
        string[] evaluate = ["evaluate", Run, "--checkpoint", "last", "--windows", "2", "--json"];
        var average = await CommandLineRunner.Run([.. evaluate, Path.Combine(Run, "average.json"), "--ema"]);
        average.Output.Should().StartWith("step 12 (average): loss ");
        await CommandLineRunner.Run([.. evaluate, Path.Combine(Run, "weights.json")]);
        (string[] Option, string Own, string Other)[] cards = [(["--ema"], "average", "weights"), ([], "weights", "average")];
        foreach (var (option, own, other) in cards)
        {
            await CommandLineRunner.Run(
                ["checkpoint", "export", Run, _folder / own, "--format", "hf", "--checkpoint", "last", .. option]);
            File.ReadAllText(_folder / $"{own}/README.md").Should().Contain($"| {own}: ").And.NotContain($"| {other}: ");
        }
    }

    [Fact]
    public async Task An_average_that_does_not_exist_is_refused_with_the_reason()
    {
        var checkpoint = Train(null);
        (await CommandLineRunner.Run("generate", Run, "Depo", "--checkpoint", "last", "--ema")).Errors.Should().Contain(
            $"{checkpoint.Folder} has no average of weights: its run had no training.ema in its plan. Use the weights "
                + "themselves, without --ema.");
        await CommandLineRunner.Run("checkpoint", "export", Run, _folder / "own", "--format", "safetensors");
        (await CommandLineRunner.Run("generate", _folder / "own", "Depo", "--ema")).Errors.Should().Contain(
            $"--ema chooses the average in a checkpoint, but {_folder / "own"} is an exported model, which has one set of "
                + "weights.");

        var early = Train(new EmaPlan(0.9, 50), "early");
        (await CommandLineRunner.Run("evaluate", _folder / "early", "--checkpoint", "last", "--ema")).Errors.Should().Contain(
            $"{early.Folder} has no average of weights yet: training.ema.every is larger than its step 12. Use a later "
                + "checkpoint, or the weights themselves, without --ema.");
    }

    [Fact]
    public async Task Verify_finds_an_average_that_is_not_finite()
    {
        var checkpoint = Train(new EmaPlan(0.9));
        (await CommandLineRunner.Run("checkpoint", "verify", checkpoint.Folder)).Output.Should()
            .Contain("of 12 steps, all values finite");

        var (file, state) = (Path.Combine(checkpoint.Folder, "ema.safetensors"), Path.Combine(checkpoint.Folder, "state.json"));
        var bytes = File.ReadAllBytes(file);
        BitConverter.TryWriteBytes(bytes.AsSpan(^4), float.NaN).Should().BeTrue();
        File.WriteAllBytes(file, bytes);
        var hashes = StrictJson.ParseNode(File.ReadAllText(state), state)["sha256"]!.AsObject();
        hashes["ema.safetensors"] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        CheckpointFields.Alter(checkpoint.Folder, "sha256", hashes.DeepClone());
        var ran = await CommandLineRunner.Run("checkpoint", "verify", checkpoint.Folder);
        (ran.Code, ran.Output).Should().Match<(ExitCode Code, string Output)>(
            found => found.Code != ExitCode.Success && found.Output.Contains("FAIL  average", StringComparison.Ordinal));
    }

    private string Run => _folder / "run";

    private Checkpoint Train(EmaPlan? ema, string name = "run")
    {
        var plan = TinyPlan.Create(_folder / name);
        plan = plan with
        {
            Training = plan.Training with { Ema = ema },
            Evaluation = new EvaluationPlan(Every: 12, Windows: 2),
        };
        TinyPlan.Trace(plan);
        return Checkpoint.Open(RunFolder.OpenExisting(plan.RunFolder).CheckpointFolder(12));
    }

    private static IReadOnlyList<string> Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return
        [
            .. file.Tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(tensor =>
            {
                var values = MemoryMarshal.AsBytes(file.GetSpan<float>(tensor.Name));
                return $"{tensor.Name} {Convert.ToHexString(SHA256.HashData(values))}";
            }),
        ];
    }
}
