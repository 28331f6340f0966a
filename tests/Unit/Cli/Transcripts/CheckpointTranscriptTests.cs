using System.Text.RegularExpressions;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>checkpoint</c> prints, on a run of twelve steps and on an adapter of three.</summary>
[Collection(nameof(NonParallel))]
public sealed partial class CheckpointTranscriptTests(TrainedRunTests.TrainedRunFixture trained)
    : IClassFixture<TrainedRunTests.TrainedRunFixture>,
        IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Inspects_verifies_exports_and_imports()
    {
        TrainedRunTests.SetValidation(_here.Copy(trained.Run, "run"), (9, 3.25), (12, 3.5));
        var transcript = new Transcript((_here / "", "HERE"), (trained.Run, "TRAINED")) { HasLosses = true };
        foreach (var command in new[] { "inspect", "verify" })
            foreach (var model in new[] { "HERE/run", "HERE/run --checkpoint last", "HERE/run/step-9", "HERE/run --json" })
                await transcript.Run($"checkpoint {command} {model}");
        await transcript.Run("checkpoint export HERE/run HERE/ours");
        await transcript.Run("checkpoint export HERE/run/last HERE/hf --format hf --dtype bfloat16");
        await transcript.Run("checkpoint export HERE/run/last HERE/hf");
        await transcript.Run("checkpoint export HERE/run/last HERE/licensed --license mit");
        await transcript.Run("checkpoint export HERE/run/last HERE/licensed --license MIT --format hf");
        await transcript.Run("checkpoint export HERE/run/step-12 HERE/licensed --license apache-2.0 --format hf");
        Directory.Delete(_here / "licensed", recursive: true);
        await transcript.Run("checkpoint export HERE/run/last HERE/tiny.yaml");
        foreach (var model in new[] { "ours", "hf", "ours --json", "hf --json" })
            await transcript.Run($"checkpoint inspect HERE/{model}");
        File.Delete(_here / "hf/SHA256SUMS");
        foreach (var command in new[] { "inspect HERE/hf", "verify HERE/hf", "verify HERE/hf --json", "inspect HERE/hf --json" })
            await transcript.Run($"checkpoint {command}");
        await transcript.Run("checkpoint import HERE/hf HERE/back");
        File.Copy(_here / "hf/model.safetensors", _here / "w.safetensors");
        await transcript.Run("checkpoint import HERE/w.safetensors HERE/named --config HERE/hf -t FIXTURES/tokenizer");
        foreach (var wrong in new[]
        {
            "HERE/w.safetensors HERE/x", "HERE/w.safetensors HERE/x -t FIXTURES/tokenizer", "HERE/none HERE/x", "HERE/run HERE/x",
            "HERE/w.safetensors HERE/x -t FIXTURES/tokenizer --config HERE/none.json", "HERE/ours HERE/back",
            "FIXTURES/text HERE/x -t FIXTURES/tokenizer --config HERE/hf", "HERE/ours HERE/x -t HERE/none",
        })
            await transcript.Run($"checkpoint import {wrong}");
        File.Delete(_here / "ours/tokenizer.json");
        await transcript.Run("checkpoint verify HERE/ours");
        await transcript.Run("checkpoint import HERE/ours HERE/x");
        await transcript.Run("generate HERE/ours a");
        await transcript.Run("checkpoint inspect HERE/run --checkpoint step-5");
        await transcript.Run("checkpoint inspect HERE/run/checkpoints/step-000099");
        await transcript.Run("checkpoint export HERE/run HERE/x --format onnx");
        await transcript.Run("checkpoint merge HERE/run HERE/x");
        transcript.List(_here / "hf");
        transcript.List(_here / "back");
        ReplaceMeasurements(transcript);
        transcript.Compare("Checkpoints");
    }

    [Fact]
    public async Task Exports_and_imports_GGUF()
    {
        TrainedRunTests.SetValidation(_here.Copy(trained.Run, "run"), (9, 3.25), (12, 3.5));
        var transcript = new Transcript((_here / "", "HERE"), (trained.Run, "TRAINED")) { HasLosses = true };
        await transcript.Run("checkpoint export HERE/run/last HERE/exact --format gguf");
        await transcript.Run("checkpoint export HERE/run/last HERE/half --format gguf --type f16");
        await transcript.Run("checkpoint export HERE/run/last HERE/small --format gguf --dtype q8_0");
        await transcript.Run("checkpoint export HERE/run/last HERE/x --format hf --type f16");
        await transcript.Run("checkpoint export HERE/run/last HERE/x --dtype q8_0");
        await transcript.Run("checkpoint export HERE/run/last HERE/x --dtype int4");
        foreach (var name in new[] { "exact", "half", "small" })
            await transcript.Run($"checkpoint import HERE/{name}/model.gguf HERE/{name}-back");
        await transcript.Run("checkpoint verify HERE/exact-back");
        await transcript.Run("checkpoint import HERE/exact HERE/folder-back -t FIXTURES/tokenizer");
        await transcript.Run("checkpoint import HERE/exact/model.gguf HERE/x --config HERE/exact-back");
        await transcript.Run("checkpoint inspect HERE/exact");
        await transcript.Run("generate HERE/exact a");
        var bytes = File.ReadAllBytes(_here / "exact/model.gguf");
        File.WriteAllBytes(_here / "exact/model.gguf", bytes[..^100]);
        await transcript.Run("checkpoint import HERE/exact/model.gguf HERE/x");
        "xlm2"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("gpt2"u8)));
        File.WriteAllBytes(_here / "exact/model.gguf", bytes);
        await transcript.Run("checkpoint import HERE/exact/model.gguf HERE/x");
        transcript.List(_here / "exact");
        ReplaceMeasurements(transcript);
        transcript.Compare("Gguf");
        using var ours = ExportedModel.Open(_here / "exact-back").LoadParameters(torch.CPU);
        var checkpoint = Checkpoint.Open(_here / "run/checkpoints/step-000012");
        using var exported = checkpoint.LoadParameters(checkpoint.Config, torch.CPU);
        ParameterHash.Compute(ours).Should().Be(ParameterHash.Compute(exported));
    }

    [Fact]
    public async Task Reports_damage()
    {
        var run = _here.Copy(trained.Run, "run");
        var transcript = new Transcript((_here / "", "HERE")) { HasLosses = true };
        Damage("run/checkpoints/step-000009/optimizer.safetensors");
        File.WriteAllText(
            _here / "run/plan.yaml",
            File.ReadAllText(_here / "run/plan.yaml").Replace("d_ff: 40", "d_ff: 48", StringComparison.Ordinal));
        await transcript.Run("checkpoint verify HERE/run/step-9");
        await transcript.Run("checkpoint verify HERE/run/step-9 --json");
        await transcript.Run("checkpoint export HERE/run/step-12 HERE/out");
        Damage("out/model.safetensors");
        await transcript.Run("checkpoint verify HERE/out");
        await transcript.Run("generate HERE/out a");
        using (var weights = ExportedModel.OpenUnchecked(_here / "out").LoadParameters(torch.CPU))
        {
            using (torch.no_grad()) weights["layers.1.ffn.up_proj.weight"].narrow(0, 3, 1).fill_(float.NaN);
            using (torch.no_grad()) weights["norm.weight"].fill_(float.NaN);
            ExportedModel.Write(_here / "bad", weights, ReferenceRun.Plan.Data.Tokenizer, template: null,
                ExportFormat.Safetensors);
        }
        await transcript.Run("checkpoint verify HERE/bad");
        await transcript.Run("generate HERE/bad a");
        _here.Copy(Path.Combine(run, "checkpoints", "step-000012"), "lone");
        await transcript.Run("checkpoint verify HERE/lone");
        await transcript.Run("generate HERE/lone a");
        File.Delete(_here / "lone/config.json");
        await transcript.Run("checkpoint verify HERE/lone");
        File.Delete(_here / "lone/state.json");
        await transcript.Run("checkpoint verify HERE/lone");
        ReplaceMeasurements(transcript);
        transcript.Compare("DamagedCheckpoints");
    }

    [Fact]
    public async Task Merges_an_adapter()
    {
        var plan = TrainingPlan.Load(_here.Plan, ["training.steps=3", $"run={_here / "base"}", "samples.every=0"]);
        TinyPlan.Trace(plan);
        TinyPlan.Trace(plan with
        {
            RunFolder = _here.Run, WarmStart = new WarmStartPlan(_here / "base/checkpoints/step-000003"),
            Lora = new LoraConfig(2, 5, targets: [LoraTarget.K, LoraTarget.Up]),
        });
        var transcript = new Transcript((_here / "", "HERE")) { HasLosses = true };
        await transcript.Run("checkpoint inspect HERE/run");
        await transcript.Run("checkpoint inspect HERE/run --json");
        await transcript.Run("checkpoint verify HERE/run");
        await transcript.Run("checkpoint merge HERE/base HERE/merged");
        await transcript.Run("checkpoint merge HERE/run HERE/base");
        await transcript.Run("checkpoint merge HERE/run HERE/merged --base-model HERE/none");
        await transcript.Run("checkpoint merge HERE/run HERE/merged -t HERE/none");
        _here.Copy(_here / "run/checkpoints/step-000003", "lone");
        await transcript.Run("checkpoint merge HERE/lone HERE/merged");
        await transcript.Run("tokenizer add-tokens FIXTURES/tokenizer --add <|plan|> -o HERE/added");
        await transcript.Run("checkpoint merge HERE/run HERE/merged -t HERE/added");
        await transcript.Run("checkpoint merge HERE/lone HERE/merged -t FIXTURES/tokenizer --checkpoint last");
        await transcript.Run("checkpoint merge HERE/lone HERE/merged -t FIXTURES/tokenizer");
        await transcript.Run("checkpoint merge HERE/run HERE/again");
        await transcript.Run("checkpoint verify HERE/merged");
        transcript.List(_here / "merged");
        Directory.Delete(_here / "base", recursive: true);
        await transcript.Run("checkpoint verify HERE/run");
        ReplaceMeasurements(transcript);
        transcript.Compare("Adapters");
    }

    [GeneratedRegex(@"(after|""seconds"":|largest difference) \d[\w.-]*")]
    private static partial Regex Seconds();

    [GeneratedRegex(
        @"(?<=^validation loss |^best: step |^best: step \w+ with validation loss |""best_step"": |validation_loss"": )\d[\d.]*"
            + @"|(?<=lowest validation loss \()(?!3\.25\))\d[\d.]*",
        RegexOptions.Multiline)]
    private static partial Regex Losses();

    [GeneratedRegex(@"(?<=those of steps )(\d+, )?(?=9, 12\.)")]
    private static partial Regex BestStep();

    // Processors draw different values for dropout, so that another step may be the best one.
    private static void ReplaceMeasurements(Transcript transcript)
    {
        transcript.Replace(Seconds(), "$1 N");
        transcript.Replace(Losses(), "N");
        transcript.Replace(BestStep(), "N, ");
    }

    private void Damage(string file)
    {
        var bytes = File.ReadAllBytes(_here / file);
        bytes[^5] ^= 4;
        File.WriteAllBytes(_here / file, bytes);
    }
}
