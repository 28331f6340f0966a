using System.CommandLine;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Training;
using TorchSharp;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm evaluate RUN</c></summary>
internal static class EvaluateCommand
{
    public static Command Create(Display display)
    {
        var run = new Argument<string>("run") { Description = "A run folder, such as runs/toy." };
        var windows = new Option<int>("--windows") { Description = "Windows of the validation split; 0 is all.", DefaultValueFactory = _ => 0 };
        var command = new Command("evaluate", "Measures loss, perplexity and bits per byte of the newest checkpoint on the validation split. Example: turkishllm evaluate runs/toy") { run, windows };
        command.SetAction((parsed, cancel) =>
        {
            var limit = parsed.GetValue(windows);
            if (limit < 0) throw new ConfigurationException($"--windows is {limit}; it must be 0 (all) or more.");
            using var trained = TrainedRun.Open(parsed.GetRequiredValue(run), torch.CPU);
            using var data = TokenDataset.Open(trained.Plan.Data.Shards);
            data.RequireTokenizer(trained.Tokenizer.Hash);
            var held = Validation.Measure(
                trained.Model, data.Validation, new TokenBytes(trained.Tokenizer), trained.Plan.Training.SequenceLength, limit > 0 ? limit : int.MaxValue, cancel);
            display.Line(Show.Text($"step {trained.Checkpoint.State.Step}: loss {held.Loss:F4} nats per token, perplexity {held.Perplexity:F2}, {held.BitsPerByte:F4} bits per byte, on {Show.Count(held.Tokens)} tokens ({Show.Count(held.Bytes, "byte")} of text)"));
            display.Line(held.LossInterval is var (low, high)
                ? Show.Text($"95 % interval over {held.Windows.Count} windows of such text: loss {low:F4} … {high:F4}, perplexity {Math.Exp(low):F2} … {Math.Exp(high):F2}")
                : Show.Text($"{Show.Count(held.Windows.Count, "window")} are too few for an interval: it takes four."));
            return Task.CompletedTask;
        });
        return command;
    }
}
