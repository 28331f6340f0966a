using System.CommandLine;
using System.CommandLine.Invocation;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Training;

/// <summary>Prints the reference of plans instead of running a command, as <c>--help</c> does: no argument is required.</summary>
/// <param name="describe">Returns the text to print.</param>
internal sealed class PlanHelpAction(Func<ParseResult, string> describe) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.Write(describe(parseResult));
        return (int)ExitCode.Success;
    }
}
