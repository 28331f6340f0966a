using System.Collections.Concurrent;
using System.Reflection;

namespace TurkishLlm.Specification.Xunit;

/// <summary>Finds a catalog by its class and the name of its member, and reads each member once.</summary>
internal static class CatalogMember
{
    private const BindingFlags Static =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;

    private static readonly ConcurrentDictionary<(Type Type, string Member), Lazy<Catalog>> Found = new();

    public static Catalog Find(Type type, string member) =>
        Found.GetOrAdd((type, member), key => new(() => Read(key.Type, key.Member))).Value;

    private static Catalog Read(Type type, string member) =>
        (type.GetProperty(member, Static)?.GetValue(null) ?? type.GetField(member, Static)?.GetValue(null)) as Catalog
        ?? throw new ArgumentException(
            $"{type} has no static property or field {member} of type {nameof(Catalog)}, or its value is null.", nameof(member));
}
