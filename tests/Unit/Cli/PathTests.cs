using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>A folder is found from one of its files, and outputs are written behind links.</summary>
[Collection(nameof(NonParallel))]
public sealed class PathTests(TrainedRunTests.TrainedRunFixture trained)
    : IClassFixture<TrainedRunTests.TrainedRunFixture>,
        IDisposable
{
    private static readonly string Tokenizer = ReferenceRun.Plan.Data.Tokenizer;
    private readonly TestWorkspace _here = new();

    private string Last => Path.Combine(trained.Run, "checkpoints/step-000012");

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("plan.yaml")]
    [InlineData("metrics.jsonl")]
    [InlineData("checkpoints")]
    [InlineData("checkpoints/")]
    [InlineData("checkpoints/step-000012/model.safetensors")]
    [InlineData("checkpoints/step-000012/state.json")]
    public async Task Finds_a_model_from_what_is_inside_its_run(string inside)
    {
        string[] ask = ["Türkiye", "--seed", "7", "--max-tokens", "5", "--temperature", "1.5"];
        var meant = inside.Contains("step-000012", StringComparison.Ordinal) ? Last : trained.Run;
        var text = await RunSuccessfully(["generate", meant, .. ask]);
        (await RunSuccessfully(["generate", Path.Combine(trained.Run, inside), .. ask])).Should().Be(text);
        (await RunSuccessfully("runs", "show", Path.Combine(trained.Run, inside)))
            .Should()
            .Be(await RunSuccessfully("runs", "show", trained.Run));
    }

    [Fact]
    public async Task Finds_a_tokenizer_and_shards_from_their_files()
    {
        var file = Path.Combine(Tokenizer, "tokenizer.json");
        (await RunSuccessfully("tokenizer", "encode", file, "Ankara"))
            .Should()
            .Be(await RunSuccessfully("tokenizer", "encode", Tokenizer, "Ankara"));
        var shards = ReferenceRun.Plan.Data.Shards;
        var shown = await RunSuccessfully("data", "inspect", shards, "-t", Tokenizer);
        (await RunSuccessfully("data", "inspect", Path.Combine(shards, "manifest.json"), "-t", file)).Should().Be(shown);
        (await RunSuccessfully("data", "inspect", Path.Combine(shards, "train-00000.tokens"), "-t", file)).Should().Be(shown);
    }

    [Theory]
    [InlineData("")]
    [InlineData("checkpoints/step-000012")]
    public async Task Takes_the_tokenizer_of_a_run(string inside) =>
        (await RunSuccessfully("tokenizer", "encode", Path.Combine(trained.Run, inside), "Ankara"))
            .Should()
            .Be(await RunSuccessfully("tokenizer", "encode", Tokenizer, "Ankara"));

    [Fact]
    public async Task Says_what_a_folder_holds_that_is_no_tokenizer()
    {
        _here.Write("tok/vocab.txt", "a");
        (await CommandLineRunner.Run("tokenizer", "encode", _here / "tok", "a")).FirstError.Should().Be(
            $"{_here / "tok/tokenizer.json"} does not exist. It holds vocab.txt. Create one with `turkishllm tokenizer train`.");
        (await CommandLineRunner.Run("tokenizer", "encode", _here / "tok/vocab.txt", "a")).FirstError.Should().Be(
            $"{_here / "tok/vocab.txt"} is a file. Give a tokenizer folder, which holds tokenizer.json.");
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    public async Task Imports_its_own_export_in_the_format_of_Hugging_Face_from_one_of_its_files(string name)
    {
        await RunSuccessfully("checkpoint", "export", Last, _here / "out", "--format", "hf");
        await RunSuccessfully("checkpoint", "import", _here / $"out/{name}", _here / "back");
        File.ReadAllBytes(_here / "back/model.safetensors").Should().Equal(
            File.ReadAllBytes(Path.Combine(trained.Run, "checkpoints/step-000012/model.safetensors")));
    }

    [Fact]
    public async Task Imports_the_weights_of_its_own_export_alone_and_says_what_they_cannot_show()
    {
        await RunSuccessfully("checkpoint", "export", Last, _here / "out", "--format", "hf");
        File.Copy(_here / "out/model.safetensors", _here / "w.safetensors");
        var said = await RunSuccessfully(
            "checkpoint", "import", _here / "w.safetensors", _here / "back", "--config", _here / "out", "-t", Tokenizer);
        said.Should().Contain("names of Hugging Face's Llama. Names do not show positions");
        await RunSuccessfully("checkpoint", "verify", _here / "back");
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public async Task Names_a_pointer_in_place_of_a_file_of_a_model(string name)
    {
        await RunSuccessfully("checkpoint", "export", Last, _here / "out");
        _here.Write($"out/{name}", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
        foreach (var sums in new[] { true, false })
        {
            if (!sums) File.Delete(_here / "out/SHA256SUMS");
            (await CommandLineRunner.Run("generate", _here / "out", "a")).FirstError.Should().Be(
                $"{_here / $"out/{name}"} is a Git LFS pointer in place of the file. Run `git lfs pull` in the repository it "
                    + "came from.");
        }
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("state.json")]
    [InlineData("config.json")]
    public async Task Names_a_pointer_in_place_of_a_file_of_a_checkpoint(string name)
    {
        var folder = _here.Copy(Path.Combine(trained.Run, "checkpoints", "step-000012"), "step-000012");
        File.WriteAllText(Path.Combine(folder, name), """{"error": "Repository not found"}""");
        (await CommandLineRunner.Run("checkpoint", "inspect", folder)).FirstError.Should().Be(
            $"{folder}/{name} is the error of a server in place of the file: \"Repository not found\". Download it again, logged "
                + "in and with the right address.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Writes_models_and_tokenizers_behind_links(bool targetExists)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need privileges on Windows.");
        foreach (var name in new[] { "hf", "back", "tok", "rows" }) Link(name, targetExists);
        await RunSuccessfully("checkpoint", "export", Last, _here / "hf", "--format", "hf");
        await RunSuccessfully("checkpoint", "import", _here / "hf", _here / "back");
        await RunSuccessfully("tokenizer", "add-tokens", Tokenizer, "--add", "<|ek|>", "-o", _here / "tok");
        File.Exists(_here / "disk/hf/model.safetensors").Should().BeTrue();
        File.Exists(_here / "disk/back/config.json").Should().BeTrue();
        File.Exists(_here / "disk/tok/tokenizer.json").Should().BeTrue();
        foreach (var name in new[] { "hf", "back", "tok" })
            new FileInfo(_here / name).LinkTarget.Should().Be(_here / $"disk/{name}", "a link stays a link");
        Directory.GetFileSystemEntries(_here / "disk").Should().NotContain(path => path.EndsWith(".partial"));
    }

    [Fact]
    public async Task Names_the_target_of_a_link_that_cannot_be_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is read-only on Linux.");
        File.CreateSymbolicLink(_here / "hf", "/proc/sys/model");
        var ran = await CommandLineRunner.Run("checkpoint", "export", Last, _here / "hf");
        ran.Code.Should().NotBe(ExitCode.Success);
        ran.FirstError.Should().StartWith($"Could not write {_here / "hf"}, a link to /proc/sys/model: ");
        new FileInfo(_here / "hf").LinkTarget.Should().Be("/proc/sys/model");
    }

    private void Link(string name, bool targetExists)
    {
        if (targetExists) Directory.CreateDirectory(_here / $"disk/{name}");
        File.CreateSymbolicLink(_here / name, _here / $"disk/{name}");
    }

    private static async Task<string> RunSuccessfully(params string[] line)
    {
        var ran = await CommandLineRunner.Run(line);
        var errors = ran.Errors.Split('\n').Where(text => !text.StartsWith("Using ", StringComparison.Ordinal));
        (ran.Code, string.Concat(errors)).Should().Be((ExitCode.Success, ""), string.Join(' ', line));
        return ran.Output;
    }
}
