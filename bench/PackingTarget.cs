using System.Diagnostics;
using System.Globalization;

namespace TurkishLlm.Bench;

/// <summary>A program that takes training steps on request.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="CommandLine">The program and its arguments.</param>
/// <param name="Environment">Variables of its own.</param>
internal sealed record BenchmarkTarget(string Name, string[] CommandLine, Dictionary<string, string?> Environment);

/// <summary>
/// A running contestant. It greets in a line that begins with <c>ready</c>; given a number of steps in a line, it takes them and
/// answers "seconds loss peak-bytes". Any other line says why it cannot continue.
/// </summary>
internal sealed class Worker : IDisposable
{
    private readonly Process _process;

    /// <exception cref="InvalidOperationException">It cannot begin; says why.</exception>
    public Worker(BenchmarkTarget target)
    {
        Name = target.Name;
        var start = new ProcessStartInfo(target.CommandLine[0], target.CommandLine[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in target.Environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        ReadyLine = Read();
        if (ReadyLine.StartsWith("ready", StringComparison.Ordinal)) return;
        Dispose();
        throw new InvalidOperationException(ReadyLine);
    }

    public string Name { get; }

    /// <summary>Its first line.</summary>
    public string ReadyLine { get; }

    /// <summary>Lets it take steps.</summary>
    /// <returns>Seconds of all of them, the loss of the last, and the most memory that it knows of.</returns>
    /// <exception cref="InvalidOperationException">It could not; says why.</exception>
    public (double Seconds, double Loss, long PeakBytes) RunSteps(int steps = 1)
    {
        _process.StandardInput.WriteLine(steps.ToString(CultureInfo.InvariantCulture));
        var answer = Read();
        var words = answer.Split(' ');
        return words.Length == 3 && double.TryParse(words[0], CultureInfo.InvariantCulture, out var seconds)
            ? (seconds, Number(words[1]), (long)Number(words[2]))
            : throw new InvalidOperationException(answer);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Read() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Name} ended.");

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
