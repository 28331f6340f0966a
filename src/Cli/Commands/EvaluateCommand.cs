using System.CommandLine;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Training;
using TorchSharp;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm evaluate MODEL</c></summary>
internal static class EvaluateCommand
{
    public static Command Create(Display display)
    {
        var model = new Argument<string>("model") { Description = "A run folder, such as runs/toy, one of its checkpoints, or a folder that was imported or exported." };
        var windows = new Option<int>("--windows") { Description = "Windows of the validation split; 0 is all.", DefaultValueFactory = _ => 0 };
        var shards = new Option<string>("--shards") { Description = "Folder of the shards; without it, those of the run." };
        var length = new Option<int?>("--length") { Description = "Tokens of a window; without it, those of the run, or the longest the model was trained on." };
        var command = new Command("evaluate", "Measures loss, perplexity and bits per byte of a model on the validation split. Example: turkishllm evaluate runs/toy") { model, windows, shards, length };
        command.SetAction((parsed, cancel) =>
        {
            Evaluate(display, parsed.GetRequiredValue(model), parsed.GetValue(windows), parsed.GetValue(shards), parsed.GetValue(length), cancel);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Evaluate(Display display, string model, int windows, string? shards, int? length, CancellationToken cancel)
    {
        if (windows < 0) throw new ConfigurationException($"--windows is {windows}; it must be 0 (all) or more.");
        if (length < 1) throw new ConfigurationException($"--length is {length}; it must be at least 1.");
        using var trained = TrainedModel.Open(model, torch.CPU);
        if (trained.Plan?.Sft is not null && shards is null)
        {
            using var conversations = new SftData(trained.Plan);
            var measured = conversations.Measure(trained.Model);
            display.Line(Show.Text($"{trained.Name}: loss {measured.Validation:F4} nats per token of {Show.Count(conversations.Examples.Validation.Count)} held-out answers, {measured.Text:F4} of running text"));
            return;
        }
        var folder = shards ?? trained.Plan?.Data.Shards
            ?? throw new ConfigurationException($"{model} is a model alone, so its data is not known. Say where the shards are: --shards DIR");
        using var data = TokenDataset.Open(folder);
        data.RequireTokenizer(trained.Tokenizer.Hash);
        var tokensOfWindow = length ?? trained.Plan?.Training.SequenceLength ?? trained.Model.Config.MaxSeqLen;
        var held = Validation.Measure(
            trained.Model, data.Validation, new TokenBytes(trained.Tokenizer), tokensOfWindow, windows > 0 ? windows : int.MaxValue, cancel: cancel);
        display.Line(Show.Text($"{trained.Name}: loss {held.Loss:F4} nats per token, perplexity {held.Perplexity:F2}, {held.BitsPerByte:F4} bits per byte, on {Show.Count(held.Tokens)} tokens ({Show.Count(held.Bytes, "byte")} of text)"));
        display.Line(held.LossInterval is var (low, high)
            ? Show.Text($"95 % interval over {held.Windows.Count} windows of such text: loss {low:F4} … {high:F4}, perplexity {Math.Exp(low):F2} … {Math.Exp(high):F2}")
            : Show.Text($"{Show.Count(held.Windows.Count, "window")} are too few for an interval: it takes four."));
    }
}
