using System.CommandLine;
using TurkishLlm.Cli.Serving;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Server;

namespace TurkishLlm.Cli.Runs;

/// <summary><c>turkishllm runs serve FOLDER</c></summary>
internal static class RunsServeCommand
{
    public static Command Create(Display display)
    {
        var folder = new Argument<string>("folder")
        {
            Description = "Folder of the runs, with its subfolders; one run is a folder, too.", DefaultValueFactory = _ => "runs",
        };
        var host = new Option<string>("--host")
        {
            Description = "IP address to listen on; 0.0.0.0 shows the runs to everyone who reaches this machine.",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var port = new Option<int>("--port")
        {
            Description = "Port to listen on (0 = any free port, which is printed).", DefaultValueFactory = _ => 8081,
        };
        var command = new Command("serve", "Show runs in a browser while they train: curves, samples, gate and events.")
        {
            folder, host, port,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(folder);
            Require(display, path);
            using var logs = new LogWriter(parsed.InvocationConfiguration.Error);
            await using var server = new RunServer(
                path, parsed.GetRequiredValue(host), parsed.GetValue(port), RunsCompareCommand.GetRows, logs,
                TimeProvider.System);
            await server.StartAsync(cancellationToken);
            display.WriteLine($"Serving the runs of {path} at {server.Address.ToString().TrimEnd('/')} (Ctrl+C stops).");
            display.Output.Flush();
            await ServeCommand.WaitForSignalAsync(cancellationToken);
            await server.StopAsync();
        });
        return command;
    }

    private static void Require(Display display, string folder)
    {
        if (File.Exists(folder))
            throw new InvalidDataException($"{folder} is a file. Give the folder of your runs, such as runs.");
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException(
                $"The folder {folder} does not exist. Give the folder of your runs: {display.Program} runs serve FOLDER");
    }
}
