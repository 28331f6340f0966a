using System.CommandLine;
using System.CommandLine.Parsing;
using TorchSharp;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Distributed;

namespace TurkishLlm.Cli.Training;

/// <summary><c>turkishllm launch -n 2 PLAN</c>: runs <c>train</c> in several processes on this machine.</summary>
internal static class LaunchCommand
{
    public static Command Create(Display display)
    {
        var count = new Option<int>("--processes", "-n") { Description = "Number of processes.", Required = true };
        var command = new Command(
            "launch", "Train in several processes on this machine: one per CUDA device, or sharing the CPU.")
        {
            count,
        };
        // All arguments of train, and all options but those that print something and train nothing.
        var train = TrainCommand.Create(display);
        foreach (var argument in train.Arguments) command.Add(argument);
        string[] printing = ["--help-plan", "--json", "--dry-run", "--utilization", "--find-lr", "--html"];
        foreach (var option in train.Options.Where(option => !printing.Contains(option.Name))) command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            var processes = parsed.GetRequiredValue(count);
            if (processes < 1) throw new ConfigurationException($"-n is {processes}; it must be at least 1.");
            // Report errors that all processes would report only once.
            var plan = PlanFile.Load(parsed.GetRequiredValue<string>("plan"), parsed.GetValue<string[]>("--set") ?? []);
            _ = RankShard.Create(plan.Training, rank: 0, processes);
            var device = TrainingDevice.Resolve(plan.Device).type;
            if (processes > 1) ProcessGroup.RequireSupport(processes, device);
            return Launcher.RunAsync(
                [train.Name, .. GetForwardedArguments(parsed, count)],
                processes, overMpi: processes > 1 && device == DeviceType.CPU,
                display.Output, parsed.InvocationConfiguration.Error, cancellationToken);
        });
        return command;
    }

    // The arguments after the command name, without the number of processes.
    private static IEnumerable<string> GetForwardedArguments(ParseResult parsed, Option<int> count)
    {
        var own = false;
        foreach (var token in parsed.Tokens.SkipWhile(token => token.Type != TokenType.Command).Skip(1))
        {
            if (own) own = false;
            else if (token.Value == count.Name || count.Aliases.Contains(token.Value)) own = true;
            else yield return token.Value;
        }
    }
}
