using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Runs;

/// <summary>What an exported model consists of in each format, and how damage is reported.</summary>
[Trait("Suite", "Fast")]
public sealed class ModelFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ExportFormat.Safetensors, "model.embed", false)]
    [InlineData(ExportFormat.HuggingFace, "model.embed", true)]
    public void Each_format_has_its_names_files_and_metadata(ExportFormat format, string name, bool isTheirs)
    {
        Write("m", format, chat: true);
        using (var file = TensorFile.Open(_folder / "m/model.safetensors"))
            file.Tensors.Any(tensor => tensor.Name.StartsWith(name, StringComparison.Ordinal)).Should().Be(isTheirs);
        var header = System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(_folder / "m/model.safetensors")[8..200]);
        header.Contains("\"format\":\"pt\"", StringComparison.Ordinal).Should().Be(isTheirs);
        Directory.EnumerateFiles(_folder / "m").Select(Path.GetFileName).Order(StringComparer.Ordinal).Should().Equal(
            isTheirs
                ? ["README.md", "SHA256SUMS", "chat_template.jinja", "chat_template.json", "config.json",
                    "configuration_turkishllm.py", "generation_config.json", "model.safetensors", "modeling_turkishllm.py",
                    "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"]
                : ["SHA256SUMS", "chat_template.json", "config.json", "model.safetensors", "tokenizer.json"]);
        var model = ExportedModel.Open(_folder / "m");
        (model.Format, model.HasTokenizer, model.Folder).Should().Be((format, true, _folder / "m"));
        model.WeightsFile.Should().Be(_folder / "m/model.safetensors");
        model.Config.Should().Be(Config);
        using var weights = model.LoadParameters(CPU);
        using var expected = WeightInitializer.Initialize(Config, seed: 5, CPU);
        foreach (var tensor in expected.Names)
            weights[tensor].data<float>().ToArray().Should().Equal(expected[tensor].data<float>().ToArray());
    }

    [Theory]
    [InlineData(true, "\"do_sample\": false")]
    [InlineData(false, "\"do_sample\": true")]
    public void A_chat_model_answers_without_sampling(bool chat, string setting)
    {
        Write("m", ExportFormat.HuggingFace, chat);
        File.ReadAllText(_folder / "m/generation_config.json").Should().Contain(setting);
    }

    [Fact]
    public void Damage_is_reported_with_the_file()
    {
        Write("m", ExportFormat.Safetensors, chat: false);
        var (folder, sums) = (_folder / "m", _folder / "m/SHA256SUMS");
        var lines = File.ReadAllLines(sums);
        ExportedModel.VerifyChecksums(folder).Should().Be(lines.Length).And.Be(3);
        lines.Select(line => line[66..]).Should().BeInAscendingOrder(StringComparer.Ordinal);

        File.WriteAllLines(sums, lines.Where(line => !line.EndsWith("model.safetensors", StringComparison.Ordinal)));
        Error(folder).Should().Be($"{sums} is damaged: it has no SHA-256 of model.safetensors.");
        File.WriteAllLines(sums, lines.Where(line => !line.EndsWith("config.json", StringComparison.Ordinal)));
        Error(folder).Should().Be($"{sums} is damaged: it has no SHA-256 of config.json.");
        foreach (var wrong in (string[])["abc  x", lines[0] + "  y", new string('a', 64) + " x", new string('a', 64) + "  ../x"])
        {
            File.WriteAllLines(sums, [.. lines, wrong]);
            Error(folder).Should().Be($"{sums} is damaged: \"{wrong}\" is not a hash and a file.");
        }
        File.WriteAllLines(sums, [.. lines, new string('a', 64) + "  other.txt"]);
        Error(folder).Should().Be($"{folder} is not a complete model: other.txt is missing.");
        File.WriteAllText(Path.Combine(folder, "other.txt"), "x");
        Error(folder).Should().Be(
            $"{folder}/other.txt is damaged: its SHA-256 is 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881, "
                + $"SHA256SUMS says {new string('a', 64)}. Copy or export it again.");
        File.Delete(sums);
        ExportedModel.VerifyChecksums(folder).Should().Be(0);
    }

    [Fact]
    public void A_folder_that_is_no_model_is_described()
    {
        Directory.CreateDirectory(_folder / "x");
        Error(_folder / "y").Should().Be($"There is no folder {_folder / "y"}.");
        Error(_folder / "x").Should().Be($"{_folder / "x"} is not a model: config.json is missing. It is empty.");
        foreach (var (file, advice) in new[]
        {
            ("adapter_config.json", "It is an adapter of PEFT; merge it first: model.merge_and_unload().save_pretrained(DIR)"),
            ("zero_to_fp32.py", "It is a checkpoint of DeepSpeed; convert it first: python zero_to_fp32.py . FILE"),
            (".metadata", "It is a checkpoint of torch.distributed.checkpoint; convert it first: "
                + "python -m torch.distributed.checkpoint.format_utils dcp_to_torch DIR FILE"),
        })
        {
            File.WriteAllText(_folder / $"x/{file}", "");
            Error(_folder / "x").Should().EndWith($" {advice}");
        }
        File.WriteAllText(_folder / "x/config.json", "{}");
        Error(_folder / "x").Should().StartWith(
            $"{_folder / "x"} is not a complete model: model.safetensors is missing. It holds ");
        ExportedModel.IsExportedModel(_folder / "x").Should().BeTrue();
        File.WriteAllText(_folder / "x/state.json", "");
        ExportedModel.IsExportedModel(_folder / "x").Should().BeFalse();
    }

    [Fact]
    public void Weights_are_found_in_the_order_of_transformers()
    {
        Directory.CreateDirectory(_folder / "x");
        ExportedModel.FindWeights(_folder / "x").Should().BeNull();
        string[] names =
            ["pytorch_model.bin.index.json", "pytorch_model.bin", "model.safetensors.index.json", "model.safetensors"];
        foreach (var name in names)
        {
            File.WriteAllText(_folder / $"x/{name}", "");
            ExportedModel.FindWeights(_folder / "x").Should().Be(_folder / $"x/{name}");
        }
        ExportedModel.ResolveFolder(_folder / "x/pytorch_model.bin").Should().Be(_folder / "x/pytorch_model.bin");
        File.WriteAllText(_folder / "x/config.json", "{}");
        ExportedModel.ResolveFolder(_folder / "x/pytorch_model.bin").Should().Be(_folder / "x");
        ExportedModel.ResolveFolder(_folder / "x/config.json").Should().Be(_folder / "x");
    }

    [Fact]
    public void A_tokenizer_of_another_size_is_refused()
    {
        var tokenizer = new Tokenizer([], ["<|ek|>"]);
        FluentActions.Invoking(() => ExportedModel.RequireTokenizer(tokenizer, "tok", Config))
            .Should().Throw<InvalidDataException>().WithMessage(
                "The tokenizer in tok has 273 tokens, the model 272. Pass the tokenizer that the model was trained with.");
    }

    private static ModelConfig Config { get; } = new(272, dModel: 6, nLayers: 1, nHeads: 3, nKvHeads: 1, dFf: 10, maxSeqLen: 8);

    private void Write(string name, ExportFormat format, bool chat)
    {
        var tokenizer = new Tokenizer([], []);
        tokenizer.Save(_folder / "tok");
        using var weights = WeightInitializer.Initialize(Config, seed: 5, CPU);
        ExportedModel.Write(
            _folder / name, weights, _folder / "tok", chat ? new ChatTemplate(tokenizer, "Kısa yanıtla.") : null, format);
    }

    private static string Error(string folder) => FluentActions.Invoking(() => ExportedModel.Open(folder))
        .Should().Throw<Exception>().Which.Message;
}
