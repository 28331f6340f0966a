using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Model;
using TurkishLlm.Server;

namespace TurkishLlm.Cli.Serving;

/// <summary>Limits of the server.</summary>
internal sealed class LimitOptions
{
    private readonly Option<int> _parallel = new("--parallel")
    {
        Description = "Maximum number of answers that are generated at once; each has a cache of the whole context.",
        DefaultValueFactory = _ => 8,
    };

    private readonly Option<int> _queue = new("--queue")
    {
        Description = "Maximum number of waiting answers (0 = none); further requests are refused with status 429.",
        DefaultValueFactory = _ => 64,
    };

    private readonly Option<string> _body = new("--max-body")
    {
        Description = "Maximum size of a request, such as 1MB.", DefaultValueFactory = _ => "1MB",
    };

    private readonly Option<int> _shutdown = new("--shutdown-timeout")
    {
        Description = "Seconds to finish answers after SIGTERM or Ctrl+C; longer ones are cut off.",
        DefaultValueFactory = _ => 30,
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_parallel, _queue, _body, _shutdown]) command.Add(option);
    }

    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public BatchOptions Read(ParseResult parsed)
    {
        Require(parsed, _parallel, 1, 1024);
        Require(parsed, _queue, 0, 100_000);
        Require(parsed, _shutdown, 0, 86_400);
        return new() { MaxTexts = parsed.GetValue(_parallel), MaxQueue = parsed.GetValue(_queue) };
    }

    /// <inheritdoc cref="Read"/>
    public ServerOptions ReadServer(ParseResult parsed, ServerOptions options)
    {
        var bytes = ByteSize.Parse(parsed.GetRequiredValue(_body), "--max-body");
        return bytes is >= 1024 and <= 1 << 30
            ? options with { MaxBodyBytes = bytes, MaxChoices = parsed.GetValue(_parallel) }
            : throw new ConfigurationException($"--max-body is {parsed.GetValue(_body)}; it must be from 1KB to 1GB.");
    }

    public TimeSpan ReadShutdownLimit(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(_shutdown));

    private static void Require(ParseResult parsed, Option<int> option, int minimum, int maximum)
    {
        if (parsed.GetValue(option) is var value && (value < minimum || value > maximum))
            throw new ConfigurationException(FormattableString.Invariant(
                $"{option.Name} is {value}; it must be from {minimum} to {maximum}."));
    }
}
