using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>
/// If libtorch cannot be loaded, the program reports the missing file in one paragraph. Uses a separate process, since the test
/// process has loaded libtorch.
/// </summary>
public sealed class MissingLibraryTests : IDisposable
{
    private readonly TestWorkspace _here = new();
    private readonly TemporaryFolder _torch = new();

    public void Dispose()
    {
        _here.Dispose();
        _torch.Dispose();
    }

    [Theory, InlineData("doctor"), InlineData("train")]
    public void A_folder_without_libtorch_is_named(string verb) =>
        Said(verb).Should().Contain(
            $"{_torch / FileName} is missing. Build again (dotnet build), or set TORCH_DIR to the folder of an installed");

    [Theory, InlineData("doctor"), InlineData("train")]
    public void A_file_that_is_no_library_is_named_with_the_reason_of_the_system(string verb)
    {
        File.WriteAllText(_torch / FileName, string.Join('\n', Enumerable.Repeat("This is a text and no library.", 40)));
        Said(verb).Should().MatchRegex(
            $"{Regex.Escape(_torch / FileName)} could not be loaded: .+ docs/libtorch\\.md says what each system must have\\.");
    }

    private static string FileName =>
        OperatingSystem.IsWindows() ? "c10.dll" : OperatingSystem.IsMacOS() ? "libc10.dylib" : "libc10.so";

    // The error of TorchSharp is a page of all paths that it tried.
    private string Said(string verb)
    {
        using var child = new ChildProcess(new Dictionary<string, string> { ["TORCH_DIR"] = _torch.Path }, [verb, _here.Plan]);
        ((ExitCode)child.WaitForExit()).Should().Be(ExitCode.InvalidInput);
        child.Output.Should().NotContain("LoadNativeBackend").And.NotContain("   at ");
        return child.Output;
    }
}
