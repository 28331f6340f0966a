using System.CommandLine;
using TurkishLlm.Cli.Doctor;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Lora;
using TurkishLlm.Runs;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary><c>turkishllm checkpoint inspect | verify | import | export | merge</c></summary>
internal static class CheckpointCommand
{
    private const string ModelDescription = "A run folder for its newest checkpoint, a checkpoint such as runs/toy/checkpoints/step-000300, or a folder that was imported or exported.";

    public static Command Create(Display display) => new("checkpoint", "Looks at checkpoints, brings weights in and out, and makes whole models of adapters.")
    {
        CreateInspect(display), CreateVerify(display), CheckpointImportCommand.Create(display), CheckpointExportCommand.Create(display), CheckpointMergeCommand.Create(display),
    };

    private static Command CreateInspect(Display display)
    {
        var folder = new Argument<string>("checkpoint") { Description = ModelDescription };
        var command = new Command("inspect", "Checks every hash and says what the checkpoint holds.") { folder };
        command.SetAction(parsed =>
        {
            var at = ModelPath.Find(parsed.GetRequiredValue(folder));
            if (at.IsCheckpoint) Inspect(display, Checkpoint.Open(at.Folder));
            else Inspect(display, ExportedModel.Open(at.Folder));
        });
        return command;
    }

    private static Command CreateVerify(Display display)
    {
        var folder = new Argument<string>("checkpoint") { Description = ModelDescription };
        var command = new Command("verify", "Checks hashes, names, shapes, numbers, configuration and tokenizer; exit code 2 when something is wrong.") { folder };
        command.SetAction(parsed =>
        {
            var at = ModelPath.Find(parsed.GetRequiredValue(folder));
            var findings = CheckpointVerifier.Verify(at);
            Finding.Write(display, findings);
            var failed = findings.Where(finding => finding.Severity == FindingSeverity.Fail).Select(finding => finding.Name).ToArray();
            if (failed.Length > 0) throw new InvalidDataException($"{at.Folder} is not sound: {string.Join(", ", failed)}.");
            display.WriteSuccess($"sound: {Format.RelativePaths(Path.GetFullPath(at.Folder))}");
        });
        return command;
    }

    private static void Inspect(Display display, Checkpoint checkpoint)
    {
        var state = checkpoint.State;
        display.WriteSuccess($"every hash is right in {Format.RelativePaths(checkpoint.Folder)}");
        display.WriteLine($"step {state.Step} after {Format.Duration(state.Seconds)}, {Format.Count(checkpoint.Config.ParameterCount, "parameter")}");
        WriteSizes(display, checkpoint.Config);
        if (checkpoint.HasAdapter) WriteAdapter(display, AdapterFile.Open(checkpoint.Folder), checkpoint.Config);
        if (state.ValidationLoss is { } loss) display.WriteLine(Format.Invariant($"validation loss {loss:F4}"));
        if (state.Best is { } best) display.WriteLine(Format.Invariant($"best so far: step {best.Step} with validation loss {best.Loss:F4}"));
        if (state.Safety.SkippedBatches > 0) display.WriteLine($"batches left out: {Format.Count(state.Safety.SkippedBatches)}");
        display.WriteLine($"tokenizer {state.TokenizerHash}");
        display.WriteLine($"shards    {state.DataHash}");
        display.WriteLine($"gate      {state.GateDigest}");
    }

    private static void Inspect(Display display, ExportedModel model)
    {
        display.WriteSuccess(ExportedModel.HasChecksums(model.Folder) ? $"every hash is right in {Format.RelativePaths(model.Folder)}" : $"{Format.RelativePaths(model.Folder)} has no SHA256SUMS, so hashes were not checked");
        using var file = SafetensorsFile.Open(model.WeightsFile);
        display.WriteLine($"{Format.Count(model.Config.ParameterCount, "parameter")} as {string.Join(", ", file.Tensors.Select(t => t.Type).Distinct())}, {(model.Format == ExportFormat.HuggingFace ? "Hugging Face names" : "names of checkpoints")}");
        WriteSizes(display, model.Config);
    }

    private static void WriteAdapter(Display display, AdapterFile adapter, ModelConfig config)
    {
        var lora = adapter.Lora;
        display.WriteLine(Format.Invariant($"adapter of {Format.Count(lora.CountParameters(config), "parameter")}, rank {lora.Rank}, alpha {lora.Alpha}, on {string.Join(", ", lora.Targets).ToLowerInvariant()}"));
        display.WriteLine($"trained on {Format.RelativePaths(adapter.BaseModel.Folder)}, weights {adapter.BaseModel.Sha256}");
    }

    private static void WriteSizes(Display display, ModelConfig config) => display.WriteLine(Format.Invariant(
        $"vocabulary {config.VocabSize}, width {config.DModel}, {Format.Count(config.NLayers, "layer")}, {Format.Count(config.NHeads, "query head")} on {config.NKvHeads}, d_ff {config.DFf}, length {config.MaxSeqLen}"));
}
