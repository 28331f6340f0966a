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
        var command = new Command("evaluate", "Measures the loss of the newest checkpoint on the validation split. Example: turkishllm evaluate runs/toy") { run, windows };
        command.SetAction((parsed, cancel) =>
        {
            var limit = parsed.GetValue(windows);
            if (limit < 0) throw new ConfigurationException($"--windows is {limit}; it must be 0 (all) or more.");
            using var trained = TrainedRun.Open(parsed.GetRequiredValue(run), torch.CPU);
            if (trained.Plan.Sft is not null)
            {
                using var conversations = new SftData(trained.Plan);
                var measured = conversations.Measure(trained.Model);
                display.Line(Show.Text($"step {trained.Checkpoint.State.Step}: loss {measured.Validation:F4} nats per token of {Show.Count(conversations.Examples.Validation.Count)} held-out answers, {measured.Text:F4} of running text"));
                return Task.CompletedTask;
            }
            using var data = TokenDataset.Open(trained.Plan.Data.Shards);
            data.RequireTokenizer(trained.Tokenizer.Hash);
            var (loss, tokens) = Validation.Loss(trained.Model, data.Validation, trained.Plan.Training.SequenceLength, limit > 0 ? limit : int.MaxValue, cancel);
            display.Line(Show.Text($"step {trained.Checkpoint.State.Step}: loss {loss:F4} nats per token, perplexity {Math.Exp(loss):F2}, on {Show.Count(tokens)} tokens"));
            return Task.CompletedTask;
        });
        return command;
    }
}
