using System.CommandLine;
using TurkishLlm.Model;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm checkpoint inspect | merge</c></summary>
internal static class CheckpointCommand
{
    public static Command Create(Display display) => new("checkpoint", "Looks at checkpoints, and makes whole models of adapters.") { CreateInspect(display), CheckpointMergeCommand.Create(display) };

    /// <summary>The checkpoint that a path names: itself, or the newest of a run folder.</summary>
    public static string Find(string path) =>
        Directory.Exists(path) && RunFolder.Existing(path) is { } run && run.LatestCheckpointStep() is { } latest ? run.CheckpointFolder(latest) : path;

    private static Command CreateInspect(Display display)
    {
        var folder = new Argument<string>("checkpoint") { Description = "Folder of a checkpoint, such as runs/toy/checkpoints/step-000300, or a run folder for its newest." };
        var command = new Command("inspect", "Checks every hash of a checkpoint and says what it holds.") { folder };
        command.SetAction(parsed =>
        {
            var path = Find(parsed.GetRequiredValue(folder));
            var checkpoint = Checkpoint.Open(path);
            var (state, config) = (checkpoint.State, checkpoint.Config);
            display.Good($"every hash is right in {Show.RelativePaths(path)}");
            display.Line($"step {state.Step} after {Show.Time(state.Seconds)}, {Show.Count(config.ParameterCount, "parameter")}");
            display.Line(Show.Text($"vocabulary {config.VocabSize}, width {config.DModel}, {Show.Count(config.NLayers, "layer")}, {Show.Count(config.NHeads, "query head")} on {config.NKvHeads}, d_ff {config.DFf}, length {config.MaxSeqLen}"));
            if (checkpoint.HoldsAdapter) WriteAdapter(display, AdapterFile.Open(path), config);
            if (state.ValidationLoss is { } loss) display.Line(Show.Text($"validation loss {loss:F4}"));
            display.Line($"tokenizer {state.TokenizerHash}");
            display.Line($"gate      {state.GateDigest}");
        });
        return command;
    }

    private static void WriteAdapter(Display display, AdapterFile adapter, ModelConfig config)
    {
        var lora = adapter.Lora;
        var own = lora.ShapesFor(config).Sum(tensor => tensor.Shape[0] * tensor.Shape[1]);
        display.Line(Show.Text($"adapter of {Show.Count(own, "parameter")}, rank {lora.Rank}, alpha {lora.Alpha}, on {string.Join(", ", lora.Targets).ToLowerInvariant()}"));
        display.Line($"trained on {Show.RelativePaths(adapter.Base.Folder)}, weights {adapter.Base.Sha256}");
    }
}
