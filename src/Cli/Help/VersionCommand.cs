using System.CommandLine;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Help;

/// <summary><c>turkishllm version</c></summary>
internal static class VersionCommand
{
    public static Command Create(Display display)
    {
        var json = JsonOutput.CreateOption();
        var command = new Command("version", "Show the versions of the program, .NET, TorchSharp and libtorch.") { json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json)) VersionInfo.WriteJson(display.Output);
            else VersionInfo.Write(display.Output);
        });
        return command;
    }
}
