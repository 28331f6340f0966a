using System.Text.Json;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Cli;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of export, import and verification of models.</summary>
[Collection(nameof(NonParallel))]
public sealed class ModelFolderTests(TrainedRunTests.TrainedRunFixture trained)
    : IClassFixture<TrainedRunTests.TrainedRunFixture>,
        IDisposable
{
    private static readonly string PyTorch = Path.Combine(ReferenceRun.Fixtures, "pytorch");

    // The sizes of fixtures/make/state_dicts.py.
    private const string Sizes = """
        {"vocab_size": 272, "d_model": 6, "n_layers": 2, "n_heads": 3, "n_kv_heads": 1, "d_ff": 10, "max_seq_len": 24, "dropout": 0, "weight_tying": TIED, "norm_eps": 1e-5}
        """;

    private readonly TestWorkspace _here = new();

    private string Last => Path.Combine(trained.Run, "checkpoints", "step-000012");

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("hf")]
    [InlineData("safetensors")]
    public async Task An_exported_and_imported_model_has_the_bytes_of_the_checkpoint(string format)
    {
        var checkpoint = Path.Combine(trained.Run, "checkpoints", "step-000012");
        await RunSuccessfully("checkpoint", "export", Last, _here / "out", "--format", format);
        await RunSuccessfully("checkpoint", "import", _here / "out", _here / "back");
        foreach (var name in new[] { "model.safetensors", "config.json" })
            File.ReadAllBytes(_here / $"back/{name}").Should().Equal(File.ReadAllBytes(Path.Combine(checkpoint, name)), name);

        string[] ask = ["Türkiye", "--seed", "7", "--max-tokens", "12", "--temperature", "1.5"];
        var text = await RunSuccessfully(["generate", Last, .. ask]);
        foreach (var folder in new[] { _here / "out", _here / "back", checkpoint })
            (await RunSuccessfully(["generate", folder, .. ask])).Should().Be(text, folder);
        var loss = await RunSuccessfully("evaluate", Last, "--windows", "2");
        foreach (var folder in new[] { _here / "out", _here / "back" })
            (
                await RunSuccessfully(
                    "evaluate", folder, "--windows", "2", "--shards", ReferenceRun.Plan.Data.Shards, "--sequence-length", "19"))
                .Should()
                .Be(loss.Replace("step 12", folder, StringComparison.Ordinal));
        (await RunSuccessfully("evaluate", checkpoint, "--windows", "2")).Should().Be(loss);
    }

    [Fact]
    public async Task A_Hugging_Face_directory_says_what_the_model_is()
    {
        var said = await RunSuccessfully("checkpoint", "export", Last, _here / "out", "--format", "hf");
        said.Should().Contain("the program of the model is modeling_turkishllm.py, and README.md is its card");
        Directory.EnumerateFiles(_here / "out").Select(Path.GetFileName).Should().BeEquivalentTo(
            "model.safetensors",
            "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json",
            "configuration_turkishllm.py", "modeling_turkishllm.py", "README.md", "SHA256SUMS");
        using var config = JsonDocument.Parse(File.ReadAllBytes(_here / "out/config.json"));
        Text(config, "model_type").Should().Be("turkishllm");
        Text(config, "position_embedding_type").Should().Be("alibi");
        config.RootElement.GetProperty("num_key_value_heads").GetInt32().Should().Be(2);
        config.RootElement.GetProperty("rms_norm_eps").GetDouble().Should().Be(1e-6);
        config.RootElement.GetProperty("bos_token_id").GetInt32().Should().Be(SpecialTokens.BeginOfText);
        using var tokens = JsonDocument.Parse(File.ReadAllBytes(_here / "out/special_tokens_map.json"));
        Text(tokens, "eos_token").Should().Be("<|end_of_text|>");
        tokens.RootElement.GetProperty("additional_special_tokens").GetArrayLength().Should().Be(12);
        using var file = SafetensorsFile.Open(_here / "out/model.safetensors");
        file.Metadata["format"].Should().Be("pt");
        file.Tensors.Select(t => t.Name).Should().Contain("model.layers.1.post_attention_layernorm.weight").And.HaveCount(20);
    }

    [Fact]
    public async Task Sixteen_bits_take_half_the_room_and_are_the_nearest()
    {
        await RunSuccessfully("checkpoint", "export", Last, _here / "half", "--dtype", "bfloat16");
        await RunSuccessfully("checkpoint", "verify", _here / "half");
        await RunSuccessfully("checkpoint", "import", _here / "half", _here / "back");
        using var exact = SafetensorsFile.Open(Path.Combine(trained.Run, "checkpoints", "step-000012", "model.safetensors"));
        using var rounded = SafetensorsFile.Open(_here / "back/model.safetensors");
        foreach (var tensor in exact.Tensors)
        {
            var pairs = exact.GetSpan<float>(tensor.Name).ToArray().Zip(rounded.GetSpan<float>(tensor.Name).ToArray());
            pairs.Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) <= Math.Abs(pair.First) / 256, tensor.Name);
        }
        new FileInfo(_here / "half/model.safetensors")
            .Length.Should()
            .BeLessThan((new FileInfo(_here / "back/model.safetensors").Length / 2) + 3000);
    }

    [Theory]
    [InlineData("trainer", "true")]
    [InlineData("model", "false")]
    public async Task Weights_of_PyTorch_become_a_model_with_their_bits(string name, string tied)
    {
        var (config, tokenizer) = Prepare(tied);
        var said = await RunSuccessfully(
            "checkpoint", "import", Path.Combine(PyTorch, $"{name}.pt"), _here / "model", "-t", tokenizer, "--config", config);
        said.Should().MatchRegex("^[23],[0-9]{3} parameters in 2[01] tensors").And.Contain("Try it: turkishllm generate");
        await RunSuccessfully("checkpoint", "verify", _here / "model");
        await RunSuccessfully("generate", _here / "model", "a", "--max-tokens", "3");

        using var expected = SafetensorsFile.Open(Path.Combine(PyTorch, $"{name}.safetensors"));
        using var read = SafetensorsFile.Open(_here / "model/model.safetensors");
        read.Tensors.Select(t => t.Name).Should().BeEquivalentTo(expected.Tensors.Select(t => t.Name));
        foreach (var tensor in expected.Tensors)
            read.GetSpan<byte>(tensor.Name).ToArray().Should().Equal(expected.GetSpan<byte>(tensor.Name).ToArray(), tensor.Name);
    }

    [Fact]
    public async Task Says_what_is_wrong_with_what_is_to_be_imported()
    {
        var (config, tokenizer) = Prepare("true");
        var file = Copy("model.pt");
        Expect(await Import(file, "-t", tokenizer),
            $"{file} holds the weights of neither v1 nor v2: its vocabulary has 272 entries, its width is 6, "
                + "it has 2 layers. Pass its configuration with --config FILE: the weights do not determine the "
                + "number of heads and the length.");
        Expect(await Import(file, "-t", tokenizer, "--config", config),
            $"{file} does not hold the weights of this model: lm_head.weight is not equal to "
                + "embed_tokens.weight, but the configuration ties the two (weight_tying = true); set it to false. "
                + "Use the configuration of the saved weights.");
        Expect(await Import(file, "-t", ReferenceRun.Plan.Data.Tokenizer, "--config", Prepare("false").Config),
            "The tokenizer in fixtures/tokenizer has 2048 tokens, the model 272. Pass the tokenizer that the "
                + "model was trained with.");
        Expect(
            await Import(file, "--config", config),
            $"{file} has no tokenizer. Give the one that the model was trained with: --tokenizer DIR");
        Expect(await Import(_here / "nothing.pt", "-t", tokenizer), $"There is no tensor file {_here / "nothing.pt"}.");
        ExpectLike(
            await Import(Path.Combine(PyTorch, "views.pt"), "-t", tokenizer, "--config", config),
            "*views.pt does not hold the weights of this model: it has none of the 20 weights of the model, such as "
                + "embed_tokens.weight, * … and 16 more; whole, transposed, permuted.slice, every.third … and 15 more are not "
                + "part of the model. Use the configuration of the saved weights.");
        ExpectLike(
            await Import(
                Path.Combine(ReferenceRun.Fixtures, "broken", "pytorch", "calls-os-system.pt"), "-t", tokenizer, "--config",
                config),
            "*it imports os.system, which weights do not need. No code was executed.*");
        Directory.Exists(_here / "model").Should().BeFalse();
    }

    [Fact]
    public async Task Overwrites_nothing()
    {
        _here.Write("model/notes.txt", "mine");
        var there =
            $"{_here / "model"} already exists and is not empty. The output folder must not exist. Choose a new "
            + "one, or delete it.";
        Expect(await Import(Path.Combine(PyTorch, "model.pt"), "-t", "anything"), there);
        Expect(await CommandLineRunner.Run("checkpoint", "export", trained.Run, _here / "model"), there);
        Expect(
            await CommandLineRunner.Run("checkpoint", "export", trained.Run, _here / "model/notes.txt"),
            $"{_here / "model/notes.txt"} is a file. The output folder must not exist. Choose a new one.");
        File.ReadAllText(_here / "model/notes.txt").Should().Be("mine");
    }

    [Theory]
    [InlineData(
        "model_type", "\"llama\"",
        "*config.json: model_type is \"llama\", another architecture. Only models of type \"turkishllm\" can be " + "read, *")]
    [InlineData(
        "position_embedding_type", "\"rotary\"",
        "*config.json describes another architecture: position_embedding_type is \"rotary\", not \"alibi\".")]
    [InlineData("mlp_bias", "true", "*config.json describes another architecture: mlp_bias is true, not false.")]
    [InlineData("num_attention_heads", "5", "*config.json: d_model is 24, which n_heads = 5 does not divide.*")]
    public async Task Refuses_a_directory_of_another_architecture(string key, string value, string message)
    {
        await RunSuccessfully("checkpoint", "export", Last, _here / "out", "--format", "hf");
        File.Delete(_here / "out/SHA256SUMS");
        var lines = File.ReadAllLines(_here / "out/config.json");
        File.WriteAllLines(
            _here / "out/config.json",
            lines.Select(line => line.Contains($"\"{key}\"", StringComparison.Ordinal) ? $"  \"{key}\": {value}," : line));
        ExpectLike(await CommandLineRunner.Run("generate", _here / "out", "a"), message);
        ExpectLike(await CommandLineRunner.Run("checkpoint", "import", _here / "out", _here / "model"), message);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public async Task Refuses_a_model_with_one_flipped_bit(string name)
    {
        await RunSuccessfully("checkpoint", "export", Last, _here / "out");
        Flip(_here / $"out/{name}");
        ExpectLike(
            await CommandLineRunner.Run("generate", _here / "out", "a"),
            $"{_here / "out"}/{name} is damaged: its SHA-256 is *, SHA256SUMS says *. Copy or export it again.");
        var ran = await CommandLineRunner.Run("checkpoint", "verify", _here / "out");
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Output.Should().MatchRegex($"^FAIL  hashes +{_here / "out"}/{name} is damaged");
        ran.Errors.Should().StartWith($"{_here / "out"} failed verification: hashes");
    }

    [Fact]
    public async Task Weights_that_diverged_are_reported_by_name()
    {
        await RunSuccessfully("checkpoint", "export", Last, _here / "out");
        using (var weights = ExportedModel.Open(_here / "out").LoadParameters(CPU))
        {
            using (no_grad()) weights["layers.1.ffn.up_proj.weight"].narrow(0, 3, 1).fill_(float.NaN);
            ExportedModel.Write(_here / "bad", weights, _here / "out", template: null, ExportFormat.Safetensors);
        }
        var message =
            $"{_here / "bad"}/model.safetensors: layers.1.ffn.up_proj.weight holds NaN or infinity in 24 of 960 "
            + "numbers. The run that wrote it diverged; use an earlier checkpoint.";
        Expect(await CommandLineRunner.Run("generate", _here / "bad", "a"), message);
        Expect(await CommandLineRunner.Run("evaluate", _here / "bad", "--shards", ReferenceRun.Plan.Data.Shards), message);
        var ran = await CommandLineRunner.Run("checkpoint", "verify", _here / "bad");
        ran.Output.Should()
            .Contain("OK    hashes")
            .And.Contain("FAIL  weights        layers.1.ffn.up_proj.weight holds NaN or infinity in 24 of 960 numbers");
        ran.FirstError.Should().Be($"{_here / "bad"} failed verification: weights.");
    }

    [Fact]
    public async Task Verifies_everything_that_a_checkpoint_claims()
    {
        var said = await RunSuccessfully("checkpoint", "verify", Last);
        said.Split(Environment.NewLine)
            .Where(line => line.StartsWith("OK", StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
            .Should().Equal("hashes", "configuration", "weights", "moments", "plan", "tokenizer");

        var run = _here.Copy(trained.Run, "run");
        Flip(_here / "run/checkpoints/step-000012/optimizer.safetensors");
        File.WriteAllText(
            _here / "run/plan.yaml",
            File.ReadAllText(_here / "run/plan.yaml").Replace("d_ff: 40", "d_ff: 48", StringComparison.Ordinal));
        var ran = await CommandLineRunner.Run("checkpoint", "verify", run + "/last");
        ran.Output.Should()
            .Contain("FAIL  hashes")
            .And.Contain("OK    weights")
            .And.Contain($"FAIL  plan           {run}/plan.yaml describes a different model than config.json");
        (ran.Code, ran.FirstError)
            .Should()
            .Be((ExitCode.InvalidInput, $"{run}/checkpoints/step-000012 failed verification: hashes, plan."));
    }

    [Fact]
    public async Task A_checkpoint_outside_of_its_run_needs_its_tokenizer()
    {
        var lone = _here.Copy(Path.Combine(trained.Run, "checkpoints", "step-000012"), "lone");
        Expect(await CommandLineRunner.Run("generate", lone, "a"),
            $"{lone} is not inside a run folder, so its tokenizer is unknown. Export it with its tokenizer: "
                + $"turkishllm checkpoint export {lone} OUT --format safetensors --tokenizer DIR");
        await RunSuccessfully("checkpoint", "export", lone, _here / "out", "--tokenizer", ReferenceRun.Plan.Data.Tokenizer);
        await RunSuccessfully("generate", _here / "out", "a", "--max-tokens", "2");
    }

    [Fact]
    public async Task Says_how_to_convert_a_file_first()
    {
        var file = Copy("model.pt");
        Expect(
            await CommandLineRunner.Run("generate", file, "a"),
            $"{file} is a file. Import it first: turkishllm checkpoint import {file} OUT --tokenizer DIR");
    }

    private static async Task<string> RunSuccessfully(params string[] line)
    {
        var ran = await CommandLineRunner.Run(line);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""), string.Join(' ', line));
        return ran.Output;
    }

    private static string? Text(JsonDocument json, string key) => json.RootElement.GetProperty(key).GetString();

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private static void Expect(CommandLineResult ran, string message) =>
        (ran.Code, ran.Errors.TrimEnd(), ran.Output).Should().Be((ExitCode.InvalidInput, message, ""));

    private static void ExpectLike(CommandLineResult ran, string pattern)
    {
        (ran.Code, ran.Output).Should().Be((ExitCode.InvalidInput, ""));
        ran.Errors.TrimEnd().Should().Match(pattern);
    }

    private Task<CommandLineResult> Import(string file, params string[] options) =>
        CommandLineRunner.Run(["checkpoint", "import", file, _here / "model", .. options]);

    private string Copy(string name) => _here.Write(name, File.ReadAllBytes(Path.Combine(PyTorch, name)));

    // A tokenizer without merges has the vocabulary size of the fixtures.
    private (string Config, string Tokenizer) Prepare(string tied)
    {
        new Tokenizer([]).Save(_here / "tokenizer");
        return (_here.Write($"config-{tied}.json", Sizes.Replace("TIED", tied, StringComparison.Ordinal)), _here / "tokenizer");
    }
}
