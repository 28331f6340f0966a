using System.Runtime.CompilerServices;

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
        if (expected == text)
        {
            File.Delete(received);
            return;
        }
        File.WriteAllText(received, text);
        Assert.Fail(
            $"{FindDifference(expected.Split('\n'), text.Split('\n'))}\nIf the new text is what you want: cp {received} "
                + $"{verified}");
    }

    private static string FindDifference(string[] expected, string[] received)
    {
        var line = expected.Zip(received).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"Line {line + 1} differs.\nexpected: {At(expected)}\nreceived: {At(received)}";

        string At(string[] lines) => line < lines.Length ? lines[line] : "(the end of the text)";
    }
}
