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
    public static Command Create(Display display) => new("checkpoint", "Inspect, verify, import, export and merge model weights.")
    {
        CreateInspect(display),
        CreateVerify(display), CheckpointImportCommand.Create(display), CheckpointExportCommand.Create(display),
        CheckpointMergeCommand.Create(display),
    };

    private static Command CreateInspect(Display display)
    {
        var folder = new Argument<string>("checkpoint") { Description = ModelPath.ArgumentDescription };
        var json = JsonOutput.CreateOption();
        var command = new Command("inspect", "Verify the hashes of a checkpoint and print its contents.") { folder, json };
        var checkpoint = new CheckpointOption();
        checkpoint.AddTo(command);
        command.SetAction(parsed =>
        {
            var at = checkpoint.Find(parsed, parsed.GetRequiredValue(folder));
            if (parsed.GetValue(json)) CheckpointJson.Write(display.Output, at);
            else if (at.IsCheckpoint) Inspect(display, Checkpoint.Open(at.Folder));
            else Inspect(display, ExportedModel.Open(at.Folder));
            CheckpointOption.Announce(at, parsed.InvocationConfiguration.Error);
        });
        return command;
    }

    private static Command CreateVerify(Display display)
    {
        var folder = new Argument<string>("checkpoint") { Description = ModelPath.ArgumentDescription };
        var json = JsonOutput.CreateLinesOption("check");
        var command = new Command(
            "verify",
            "Verify hashes, tensor names, shapes, values, configuration and tokenizer. Exits with code 2 if a " + "check fails.")
        {
            folder, json,
        };
        var checkpoint = new CheckpointOption();
        checkpoint.AddTo(command);
        command.SetAction(parsed =>
        {
            var at = checkpoint.Find(parsed, parsed.GetRequiredValue(folder));
            var findings = CheckpointVerifier.Verify(at);
            if (parsed.GetValue(json)) Finding.WriteJson(display, findings);
            else Finding.Write(display, findings);
            var failed = findings
                .Where(finding => finding.Severity == FindingSeverity.Fail)
                .Select(finding => finding.Name)
                .ToArray();
            if (failed.Length > 0)
                throw new InvalidDataException($"{at.Folder} failed verification: {string.Join(", ", failed)}.");
            CheckpointOption.Announce(at, parsed.InvocationConfiguration.Error);
            if (!parsed.GetValue(json))
                display.WriteSuccess($"verified: {Format.RelativePaths(Path.GetFullPath(at.Folder))}");
        });
        return command;
    }

    private static void Inspect(Display display, Checkpoint checkpoint)
    {
        var state = checkpoint.State;
        display.WriteSuccess($"all hashes match in {Format.RelativePaths(checkpoint.Folder)}");
        display.WriteLine(
            $"step {state.Step} after {Format.Duration(state.Seconds)}, "
                + $"{Format.Count(checkpoint.Config.ParameterCount, "parameter")}");
        WriteSizes(display, checkpoint.Config);
        if (checkpoint.HasAdapter) WriteAdapter(display, AdapterFile.Open(checkpoint.Folder), checkpoint.Config);
        if (state.ValidationLoss is { } loss) display.WriteLine(Format.Invariant($"validation loss {loss:F4}"));
        if (state.Best is { } best)
        {
            var metric = new CheckpointMetric(best.Metric);
            display.WriteLine(Format.Invariant($"best: step {best.Step} with {metric.Title} {metric.Format(best.Value)}"));
        }
        if (state.Safety.SkippedBatches > 0) display.WriteLine($"skipped batches: {Format.Count(state.Safety.SkippedBatches)}");
        display.WriteLine($"tokenizer {state.TokenizerHash}");
        display.WriteLine($"shards    {state.DataHash}");
        display.WriteLine($"gate      {state.GateDigest}");
    }

    private static void Inspect(Display display, ExportedModel model)
    {
        display.WriteSuccess(
            ExportedModel.HasChecksums(model.Folder)
                ? $"all hashes match in {Format.RelativePaths(model.Folder)}"
                : $"{Format.RelativePaths(model.Folder)} has no SHA256SUMS; hashes were not verified");
        using var file = TensorFile.Open(model.WeightsFile);
        display.WriteLine(
            $"{Format.Count(model.Config.ParameterCount, "parameter")} as "
                + $"{string.Join(", ", file.Tensors.Select(t => t.Type).Distinct())}, "
                + $"{(model.Format == ExportFormat.HuggingFace ? "Hugging Face tensor names" : "checkpoint tensor names")}");
        WriteSizes(display, model.Config);
    }

    private static void WriteAdapter(Display display, AdapterFile adapter, ModelConfig config)
    {
        var lora = adapter.Lora;
        display.WriteLine(
            $"adapter of {Format.Count(lora.CountParameters(config), "parameter")}, "
                + Format.Invariant($"rank {lora.Rank}, alpha {lora.Alpha}, ")
                + $"on {string.Join(", ", lora.Targets).ToLowerInvariant()}");
        display.WriteLine($"trained on {Format.RelativePaths(adapter.BaseModel.Folder)}, weights {adapter.BaseModel.Sha256}");
    }

    private static void WriteSizes(Display display, ModelConfig config) => display.WriteLine(
        Format.Invariant($"vocabulary {config.VocabSize}, width {config.DModel}, {Format.Count(config.NLayers, "layer")}, ")
            + Format.Invariant($"{Format.Count(config.NHeads, "query head")} on {config.NKvHeads}, ")
            + Format.Invariant($"d_ff {config.DFf}, length {config.MaxSeqLen}"));
}
