using System.Text.RegularExpressions;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>
/// The literal 0 converts to any enumeration, so <c>x.sum(0)</c> selects the overload with a number type (a sum over everything,
/// as bytes) instead of the first axis. No source in this repository may pass it to such an overload of TorchSharp.
/// </summary>
public sealed partial class LiteralZeroTests
{
    private static readonly string[] Ambiguous =
    [
        .. typeof(torch.Tensor).GetMethods().Concat(typeof(torch).GetMethods())
            .Where(method => method.GetParameters() is [var first, ..]
                && (Nullable.GetUnderlyingType(first.ParameterType) ?? first.ParameterType) == typeof(torch.ScalarType))
            .Select(method => method.Name).Distinct(),
    ];

    [Fact]
    public void Zero_is_taken_for_a_number_type()
    {
        Ambiguous.Should().Contain(["sum", "prod", "to"]);
        using var scope = torch.NewDisposeScope();
        var x = torch.arange(6, dtype: torch.float32).reshape(2, 3);
        x.sum(0).shape.Should().BeEmpty("this is the trap");
        x.sum(0L).data<float>().ToArray().Should().Equal(3, 5, 7);
    }

    [Fact]
    public void No_source_passes_it()
    {
        var folders = new[] { "src", "spec", "bench", "tests", "samples" };
        folders
            .SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => Path.GetFileNameWithoutExtension(file) != nameof(LiteralZeroTests))
            .SelectMany(file => Calls().Matches(File.ReadAllText(file)).Select(call => (file, name: call.Groups["name"].Value)))
            .Where(call => Ambiguous.Contains(call.name))
            .Should().BeEmpty("0 is taken for a number type; write 0L for an axis");
    }

    [GeneratedRegex(@"\.(?<name>\w+)\(0\)")]
    private static partial Regex Calls();
}
