using Microsoft.Extensions.Logging;

namespace TurkishLlm.Cli.Serving;

/// <summary>Writes log messages as lines: those of the server, and warnings of ASP.NET Core.</summary>
/// <param name="output">Receives the lines.</param>
internal sealed class LogWriter(TextWriter output) : ILoggerFactory
{
    private readonly TextWriter _output = TextWriter.Synchronized(output);

    public ILogger CreateLogger(string categoryName) => new LineLogger(
        _output, categoryName.StartsWith("TurkishLlm.", StringComparison.Ordinal) ? LogLevel.Information : LogLevel.Warning);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Messages are written as lines only.");

    public void Dispose()
    {
    }

    private sealed class LineLogger(TextWriter output, LogLevel lowest) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= lowest;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var message = formatter(state, exception);
            if (exception is not null) message += $": {exception}";
            output.WriteLine(logLevel == LogLevel.Information ? message : $"{logLevel}: {message}");
        }
    }
}
