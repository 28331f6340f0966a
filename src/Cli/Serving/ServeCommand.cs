using System.CommandLine;
using Microsoft.Extensions.Logging;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Server;

namespace TurkishLlm.Cli.Serving;

/// <summary><c>turkishllm serve MODEL</c></summary>
internal static class ServeCommand
{
    public static Command Create(Display display)
    {
        var modelPath = new Argument<string>("model") { Description = ModelPath.ArgumentDescription };
        var address = new AddressOptions();
        var limits = new LimitOptions();
        var answers = new AnswerOptions();
        var device = DeviceOption.Create();
        var weights = PackedTypeOption.Create();
        var checkpoint = new CheckpointOption(offersAverage: true);
        var command = new Command("serve", "Serve a model over HTTP: the API of OpenAI and a chat page.") { modelPath };
        address.AddTo(command);
        answers.AddTo(command);
        limits.AddTo(command);
        command.Add(device);
        command.Add(weights);
        checkpoint.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var defaults = answers.Read(parsed);
            var tools = answers.ReadTools(parsed);
            var batch = limits.Read(parsed);
            var at = checkpoint.Find(parsed, parsed.GetRequiredValue(modelPath));
            var options = limits.ReadServer(parsed, address.Read(parsed, GetDefaultName(at))) with { Defaults = defaults };
            options.Validate();

            var notes = parsed.InvocationConfiguration.Error;
            var chosen = DeviceOption.Resolve(parsed.GetRequiredValue(device));
            var type = PackedTypeOption.Parse(parsed.GetRequiredValue(weights), chosen);
            using var trained = TrainedModel.Open(at, chosen);
            using var decoder = trained.CreateDecoder(type);
            trained.ReleaseWeights();
            var find = answers.OpenPassages(parsed, tools, trained, decoder, defaults.MaxTokens);
            await using var servers = await answers.StartServersAsync(parsed, tools, cancellationToken);
            var served = answers.OpenTools(parsed, tools, servers, trained, decoder, defaults.MaxTokens);
            CheckpointOption.Announce(at, notes);
            using var logs = new LogWriter(notes);
            using var scheduler = new BatchScheduler(decoder, trained.Tokenizer, batch, TimeProvider.System);
            await using var server = new ModelServer(
                scheduler, trained.HasChatTemplate ? trained.LoadChatTemplate() : null, options, logs, TimeProvider.System, find,
                served);
            await server.StartAsync(cancellationToken);
            display.WriteLine($"Serving {options.ModelName} at {server.Address.ToString().TrimEnd('/')} (Ctrl+C stops).");
            display.Output.Flush();
            await WaitForSignalAsync(cancellationToken);
            await server.StopAsync(limits.ReadShutdownLimit(parsed));
        });
        return command;
    }

    /// <summary>Waits for Ctrl+C or SIGTERM.</summary>
    public static async Task WaitForSignalAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException)
        {
        }
    }

    // The folder of the run or of the model.
    private static string GetDefaultName(ModelPath at) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(at.Run?.FullPath ?? at.Folder)));
}
