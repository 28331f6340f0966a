using System.CommandLine;
using TurkishLlm.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

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
            else Inspect(display, ModelFolder.Open(at.Folder));
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
            var findings = CheckpointVerification.Of(at);
            Finding.Write(display, findings);
            var failed = findings.Where(finding => finding.Kind == FindingKind.Fail).Select(finding => finding.What).ToArray();
            if (failed.Length > 0) throw new InvalidDataException($"{at.Folder} is not sound: {string.Join(", ", failed)}.");
            display.Good($"sound: {Show.RelativePaths(Path.GetFullPath(at.Folder))}");
        });
        return command;
    }

    private static void Inspect(Display display, Checkpoint checkpoint)
    {
        var state = checkpoint.State;
        display.Good($"every hash is right in {Show.RelativePaths(checkpoint.Folder)}");
        display.Line($"step {state.Step} after {Show.Time(state.Seconds)}, {Show.Count(checkpoint.Config.ParameterCount, "parameter")}");
        WriteSizes(display, checkpoint.Config);
        if (checkpoint.HoldsAdapter) WriteAdapter(display, AdapterFile.Open(checkpoint.Folder), checkpoint.Config);
        if (state.ValidationLoss is { } loss) display.Line(Show.Text($"validation loss {loss:F4}"));
        if (state.Best is { } best) display.Line(Show.Text($"best so far: step {best.Step} with validation loss {best.Loss:F4}"));
        if (state.Safety.SkippedBatches > 0) display.Line($"batches left out: {Show.Count(state.Safety.SkippedBatches)}");
        display.Line($"tokenizer {state.TokenizerHash}");
        display.Line($"shards    {state.DataHash}");
        display.Line($"gate      {state.GateDigest}");
    }

    private static void Inspect(Display display, ModelFolder model)
    {
        display.Good(ModelFolder.HasSums(model.Folder) ? $"every hash is right in {Show.RelativePaths(model.Folder)}" : $"{Show.RelativePaths(model.Folder)} has no SHA256SUMS, so hashes were not checked");
        using var file = SafetensorsFile.Open(model.WeightsFile);
        display.Line($"{Show.Count(model.Config.ParameterCount, "parameter")} as {string.Join(", ", file.Tensors.Select(t => t.Type).Distinct())}, {(model.Format == ModelFolderFormat.HuggingFace ? "Hugging Face names" : "names of checkpoints")}");
        WriteSizes(display, model.Config);
    }

    private static void WriteAdapter(Display display, AdapterFile adapter, ModelConfig config)
    {
        var lora = adapter.Lora;
        display.Line(Show.Text($"adapter of {Show.Count(lora.CountFor(config), "parameter")}, rank {lora.Rank}, alpha {lora.Alpha}, on {string.Join(", ", lora.Targets).ToLowerInvariant()}"));
        display.Line($"trained on {Show.RelativePaths(adapter.Base.Folder)}, weights {adapter.Base.Sha256}");
    }

    private static void WriteSizes(Display display, ModelConfig config) => display.Line(Show.Text(
        $"vocabulary {config.VocabSize}, width {config.DModel}, {Show.Count(config.NLayers, "layer")}, {Show.Count(config.NHeads, "query head")} on {config.NKvHeads}, d_ff {config.DFf}, length {config.MaxSeqLen}"));
}
