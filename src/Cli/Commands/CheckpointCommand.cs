using System.CommandLine;
using TurkishLlm.Training;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm checkpoint inspect</c></summary>
internal static class CheckpointCommand
{
    public static Command Create(Display display) => new("checkpoint", "Looks at checkpoints.") { CreateInspect(display) };

    private static Command CreateInspect(Display display)
    {
        var folder = new Argument<string>("checkpoint") { Description = "Folder of a checkpoint, such as runs/toy/checkpoints/step-000300." };
        var command = new Command("inspect", "Checks every hash of a checkpoint and says what it holds.") { folder };
        command.SetAction(parsed =>
        {
            var checkpoint = Checkpoint.Open(parsed.GetRequiredValue(folder));
            var (state, config) = (checkpoint.State, checkpoint.Config);
            display.Good("every hash is right");
            display.Line($"step {state.Step} after {Show.Time(state.Seconds)}, {Show.Count(config.ParameterCount)} parameters");
            display.Line(Show.Text($"vocabulary {config.VocabSize}, width {config.DModel}, {config.NLayers} layers, {config.NHeads} heads on {config.NKvHeads}, d_ff {config.DFf}, length {config.MaxSeqLen}"));
            if (state.ValidationLoss is { } loss) display.Line(Show.Text($"validation loss {loss:F4}"));
            display.Line($"tokenizer {state.TokenizerHash}");
            display.Line($"gate      {state.GateDigest}");
        });
        return command;
    }
}
