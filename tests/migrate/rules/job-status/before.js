Parse.Cloud.job('j', function (r, st) { st.message('go'); st.success('ok'); });
