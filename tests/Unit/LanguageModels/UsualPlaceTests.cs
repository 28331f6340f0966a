using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Decoders;
using TurkishLlm.Specification.LanguageModels.Reference;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>An explanation says where the bug usually is.</summary>
public sealed class UsualPlaceTests
{
    private static readonly Requirement[] All =
    [
        .. DecoderRequirements.All, .. Judge.Loop(ReferenceLoop.Facts, options => new ReferenceLoop(options)),
    ];

    [Fact]
    public void Every_impostor_of_decoders_and_loops_has_a_sentence()
    {
        foreach (var requirement in All)
        {
            requirement.Family.Should().NotBeNull("{0} looks up its sentences by its family", requirement.Id);
            requirement.UsualPlaces.Values.Should().OnlyContain(
                place => place.EndsWith('.') && place.Length > 20, "{0} has sentences", requirement.Id);
        }
    }
}
