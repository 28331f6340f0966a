using System.CommandLine;
using System.CommandLine.Parsing;
using TurkishLlm.Cli.Options;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Tools;

/// <summary>Options of commands in which a model can call tools.</summary>
internal sealed class ToolOptions
{
    private static readonly ToolLimits Default = new();

    private readonly Option<string?> _tools = new("--tools")
    {
        Description = "Tools that the model may call, separated by commas: calculator, date, search (needs --docs; the model "
            + "then searches itself, and no passages are added to questions). Default: none.",
    };

    private readonly Option<string[]> _mcp = new("--mcp")
    {
        Description = "Command of an MCP server with tools, run as a process that speaks over standard input and output, such as "
            + "\"npx -y server\". Can be repeated. The process ends with this program.",
    };

    private readonly Option<string?> _mcpLog = new("--mcp-log")
    {
        Description = "File to append the standard error of MCP servers to (default: discard it).",
    };

    private readonly Option<int> _calls = new("--max-tool-calls")
    {
        Description = "Maximum number of tool calls per answer.", DefaultValueFactory = _ => Default.MaxCalls,
    };

    private readonly Option<double> _timeout = DecimalOption.Create(
        "--tool-timeout", "Maximum duration of a tool call, in seconds.", Default.Timeout.TotalSeconds);

    private readonly Option<int> _output = new("--max-tool-output")
    {
        Description = "Maximum length of a tool's output, in tokens; longer outputs are cut off.",
        DefaultValueFactory = _ => Default.MaxOutputTokens,
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_tools, _mcp, _mcpLog, _calls, _timeout, _output]) command.Add(option);
    }

    /// <summary>Reads and validates the options.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="docs">Value of <c>--docs</c>; null for none.</param>
    /// <exception cref="ConfigurationException">
    /// A tool is unknown, a limit is out of range, or the search has no documentation.
    /// </exception>
    public ToolRequest Read(ParseResult parsed, string? docs)
    {
        var servers = (parsed.GetValue(_mcp) ?? [])
            .Select(command => (IReadOnlyList<string>)[.. CommandLineParser.SplitCommandLine(command)]).ToArray();
        if (servers.Any(words => words.Count == 0))
            throw new ConfigurationException("--mcp is empty; give a program and its arguments in one text.");
        var request = new ToolRequest(ReadNames(parsed.GetValue(_tools)), servers, ReadLimits(parsed));
        return request.HasSearch && docs is null
            ? throw new ConfigurationException("--tools search needs documentation. Give its folder with --docs.")
            : request;
    }

    /// <summary>Starts the MCP servers of a request.</summary>
    /// <exception cref="InvalidDataException">A server does not start.</exception>
    /// <exception cref="IOException">The log cannot be written.</exception>
    public Task<McpServers> StartServersAsync(ParseResult parsed, ToolRequest request, CancellationToken cancellationToken) =>
        McpServers.StartAsync(request, parsed.GetValue(_mcpLog), cancellationToken);

    private static string[] ReadNames(string? text)
    {
        if (text is null) return [];
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0) throw new ConfigurationException("--tools is empty; give names such as calculator,date.");
        if (names.Except(ToolRequest.BuiltIn).FirstOrDefault() is { } unknown)
            throw new ConfigurationException(
                $"--tools has the unknown tool \"{unknown}\"; known are {string.Join(", ", ToolRequest.BuiltIn)}.");
        return [.. names.Distinct()];
    }

    private ToolLimits ReadLimits(ParseResult parsed)
    {
        var (calls, output, seconds) = (parsed.GetValue(_calls), parsed.GetValue(_output), parsed.GetValue(_timeout));
        if (calls is < 1 or > 1000) throw OutOfRange(_calls, calls, "from 1 to 1000");
        if (output is < ToolLoop.MinOutputTokens or > 1_000_000)
            throw OutOfRange(_output, output, FormattableString.Invariant($"from {ToolLoop.MinOutputTokens} to 1000000"));
        if (!(seconds is > 0 and <= 3600)) throw OutOfRange(_timeout, seconds, "more than 0 and at most 3600 seconds");
        return new() { MaxCalls = calls, MaxOutputTokens = output, Timeout = TimeSpan.FromSeconds(seconds) };
    }

    private static ConfigurationException OutOfRange(Option option, IFormattable value, string rule) =>
        new($"{option.Name} is {value.ToString(null, System.Globalization.CultureInfo.InvariantCulture)}; it must be {rule}.");
}
