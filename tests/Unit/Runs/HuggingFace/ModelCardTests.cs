using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Runs.HuggingFace;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Monitoring;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Runs.HuggingFace;

/// <summary>The card says what the run folder says, and nothing about what it does not say.</summary>
public sealed partial class ModelCardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Has_what_the_run_folder_has()
    {
        var run = WriteRun();
        var manifest = Path.Combine(ReferenceRun.Plan.Data.Shards, ShardManifest.FileName);
        File.WriteAllText(run.GateFile, $$"""
            {
              "open": true, "requirement_count": 282, "checks": 853, "device": "cpu", "compute": "float32",
              "data": "{{FileHash(manifest)}}"
            }
            """);
        File.WriteAllText(_folder / "run/sonuç.json", """
            {
              "model": "x", "step": 40, "held_out": { "text_loss": 5.25, "bits_per_byte": 2.125 },
              "metrics": [{ "task": "qa", "metric": "exact_match", "value": 0.75, "rows": 1200 }]
            }
            """);
        File.WriteAllText(_folder / "run/other.json", """{ "model": "x", "step": 39, "held_out": { "text_loss": 9 } }""");
        GoldenFile.Compare("ModelCard", Hash().Replace(WriteCard(new(run, 40, "apache-2.0")), "HASH"));
    }

    [Fact]
    public void Omits_what_is_unknown()
    {
        var card = WriteCard(origin: null);
        card.Should().NotContain("license:").And.Contain("No license was given")
            .And.Contain("parametreli bir Türkçe dil modelidir")
            .And.NotContainAny("## Training", "## Data", "## Specification", "## Evaluation");
    }

    [Fact]
    public void Omits_shards_that_are_not_those_of_the_run_and_a_gate_that_was_closed()
    {
        var run = WriteRun();
        File.WriteAllText(run.GateFile, $$"""{ "open": false, "requirement_count": 282, "data": "{{new string('0', 64)}}" }""");
        WriteCard(new(run, 40)).Should().Contain("## Training").And.NotContainAny("## Data", "## Specification");
    }

    [Fact]
    public void Shows_the_chat_template_of_a_model_that_answers() =>
        WriteCard(origin: null, chat: true).Should().Contain("apply_chat_template").And.Contain("sohbet biçiminde yanıtlar")
            .And.NotContain("It continues text.");

    [Theory]
    [InlineData("")]
    [InlineData("Apache 2.0")]
    [InlineData("mit\nx: y")]
    public void Refuses_a_license_that_is_no_identifier(string license) =>
        FluentActions.Invoking(() => ModelOrigin.CheckLicense(license)).Should().Throw<ConfigurationException>()
            .WithMessage("*must be an identifier of Hugging Face*");

    private RunFolder WriteRun() => RunFolderWriter.Write(
        _folder / "run",
        Enumerable.Range(1, 40).Select(step => new StepMetrics(
            step, 5, 1e-3, 1, step * 256, 1000, step, 1 << 20, step == 40 ? 5.125 : null, step == 40 ? 2.25 : null)),
        $"data.shards={ReferenceRun.Plan.Data.Shards}");

    private string WriteCard(ModelOrigin? origin, bool chat = false)
    {
        var tokenizer = new Tokenizer([]);
        tokenizer.Save(_folder / "tok");
        var config = new ModelConfig(
            tokenizer.VocabularySize, dModel: 64, nLayers: 4, nHeads: 4, nKvHeads: 2, dFf: 172, maxSeqLen: 1024);
        using var weights = WeightInitializer.Initialize(config, seed: 5, CPU);
        ExportedModel.Write(
            _folder / "hf", weights, _folder / "tok", chat ? new ChatTemplate(tokenizer) : null, ExportFormat.HuggingFace,
            origin: origin);
        return File.ReadAllText(_folder / "hf/README.md");
    }

    private static string FileHash(string file) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Hash();
}
