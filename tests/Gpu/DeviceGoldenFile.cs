using FluentAssertions;

namespace TurkishLlm.Tests.Gpu;

/// <summary>
/// Texts that are a device's own: <c>NAME.verified.txt</c> in tests/Gpu once somebody has put it there, from the
/// <c>NAME.received.txt</c> that the first run leaves.
/// </summary>
/// <param name="folder">Where they are.</param>
internal sealed class DeviceGoldenFile(string folder)
{
    /// <summary>Those of this checkout; otherwise those beside the tests.</summary>
    public static DeviceGoldenFile Current { get; } = new(Find());

    /// <summary>Compares a text with the one on record, or records it if none is on record.</summary>
    /// <returns>False if none is on record, so that nothing was compared.</returns>
    public bool Compare(string name, string text)
    {
        var (verified, received) = (Path.Combine(folder, $"{name}.verified.txt"), Path.Combine(folder, $"{name}.received.txt"));
        var expected = File.Exists(verified) ? File.ReadAllText(verified) : null;
        if (expected == text) File.Delete(received);
        else File.WriteAllText(received, text);
        if (expected is not null) text.Should().Be(expected, $"{verified} says so; the new text is in {received}");
        return expected is not null;
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var tests = Path.Combine(folder.FullName, "tests", "Gpu");
            if (Directory.Exists(tests)) return tests;
        }
        return AppContext.BaseDirectory;
    }
}
