using System.CommandLine;
using System.CommandLine.Invocation;

namespace TurkishLlm.Cli.Help;

/// <summary>Writes the versions for the option <c>--version</c>.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        VersionInfo.Write(parseResult.InvocationConfiguration.Output);
        return (int)ExitCode.Success;
    }
}
