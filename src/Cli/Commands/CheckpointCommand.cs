using System.CommandLine;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm checkpoint inspect</c></summary>
internal static class CheckpointCommand
{
    public static Command Create(Display display) => new("checkpoint", "Looks at checkpoints.") { CreateInspect(display) };

    private static Command CreateInspect(Display display)
    {
        var folder = new Argument<string>("checkpoint") { Description = "Folder of a checkpoint, such as runs/toy/checkpoints/step-000300, or a run folder for its newest." };
        var command = new Command("inspect", "Checks every hash of a checkpoint and says what it holds.") { folder };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(folder);
            if (Directory.Exists(path) && RunFolder.Existing(path) is { } run && run.LatestCheckpointStep() is { } latest) path = run.CheckpointFolder(latest);
            var checkpoint = Checkpoint.Open(path);
            var (state, config) = (checkpoint.State, checkpoint.Config);
            display.Good($"every hash is right in {Show.RelativePaths(path)}");
            display.Line($"step {state.Step} after {Show.Time(state.Seconds)}, {Show.Count(config.ParameterCount, "parameter")}");
            display.Line(Show.Text($"vocabulary {config.VocabSize}, width {config.DModel}, {Show.Count(config.NLayers, "layer")}, {Show.Count(config.NHeads, "query head")} on {config.NKvHeads}, d_ff {config.DFf}, length {config.MaxSeqLen}"));
            if (state.ValidationLoss is { } loss) display.Line(Show.Text($"validation loss {loss:F4}"));
            if (state.Best is { } best) display.Line(Show.Text($"best so far: step {best.Step} with validation loss {best.Loss:F4}"));
            if (state.Safety.SkippedBatches > 0) display.Line($"batches left out: {Show.Count(state.Safety.SkippedBatches)}");
            display.Line($"tokenizer {state.TokenizerHash}");
            display.Line($"shards    {state.DataHash}");
            display.Line($"gate      {state.GateDigest}");
        });
        return command;
    }
}
