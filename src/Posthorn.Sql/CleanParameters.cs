using System.Data;
using System.Data.Common;
using Dapper;

namespace Posthorn.Sql;

/// <summary>The properties of an object as parameters, with texts that every database takes.</summary>
internal sealed class CleanParameters(object values) : SqlMapper.IDynamicParameters
{
    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        ((SqlMapper.IDynamicParameters)new DynamicParameters(values)).AddParameters(command, identity);
        foreach (DbParameter parameter in command.Parameters)
            if (parameter.Value is string text) parameter.Value = SqlText.Clean(text);
    }
}
