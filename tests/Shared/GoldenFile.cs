using System.Runtime.CompilerServices;
using FluentAssertions;

namespace TurkishLlm.Tests.Shared;

/// <summary>A text that changes on purpose only: <c>NAME.verified.txt</c> beside the test. A test never writes it.</summary>
internal static class GoldenFile
{
    public static void Compare(string name, string text, [CallerFilePath] string test = "")
    {
        var (verified, received) = (
            Path.Combine(Path.GetDirectoryName(test)!, $"{name}.verified.txt"),
            Path.Combine(Path.GetDirectoryName(test)!, $"{name}.received.txt"));
        var expected = File.Exists(verified) ? File.ReadAllText(verified) : "";
        if (expected != text) File.WriteAllText(received, text);
        else File.Delete(received);
        text.Should().Be(expected, $"{verified} says so; the new text is in {received}");
    }
}
