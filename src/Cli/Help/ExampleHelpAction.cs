using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace TurkishLlm.Cli.Help;

/// <summary>Writes the help of a command, wrapped to the terminal, followed by a section with examples.</summary>
/// <param name="help">Writes the help of System.CommandLine.</param>
/// <param name="program">Command with which users run the program.</param>
internal sealed class ExampleHelpAction(HelpAction help, string program) : SynchronousCommandLineAction
{
    private const int DefaultWidth = 100;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Replaces the help action of a root command and all its subcommands.</summary>
    public static void Install(RootCommand root, string program)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Description = "Show help.";
        option.Action = new ExampleHelpAction((HelpAction)option.Action!, program);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        help.MaxWidth = output == Console.Out && !Console.IsOutputRedirected ? Math.Max(60, Console.WindowWidth) : DefaultWidth;
        var exitCode = help.Invoke(parseResult);
        var command = parseResult.CommandResult.Command;
        var examples = CommandExamples.Find(UsageProblems.GetCommandPath(command), isGroup: command.Subcommands.Count > 0);
        if (examples.Count == 0) return exitCode;
        output.WriteLine("Examples:");
        foreach (var example in examples) output.WriteLine($"  {program} {example}");
        output.WriteLine();
        return exitCode;
    }
}
